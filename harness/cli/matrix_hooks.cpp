#include "harness/cli/matrix_hooks.h"

#include "harness/catalogue/catalogue.h"

#include <memory>
#include <string_view>

namespace crib::cli {
namespace {

// "versions.cri-o", "nodes.worker.versions.cri-o" to "cri-o"; empty for all else.
std::string component_of(const std::string& path) {
    constexpr std::string_view key = "versions.";
    const auto at = path.rfind(key);
    if (at == std::string::npos || (at > 0 && path[at - 1] != '.')) return {};
    return path.substr(at + key.size());
}

catalogue::Source source_of(const scenario::Assignment& values, const std::string& component) {
    const auto found = values.find("components." + component);
    if (found == values.end()) return catalogue::Source::modules;
    return catalogue::parse_source(found->second).value_or(catalogue::Source::modules);
}

}  // namespace

scenario::ExpandHooks catalogue_hooks(const Folders& folders, const scenario::Assignment& values,
                                      const std::optional<scenario::Scenario>&) {
    const auto known = std::make_shared<const catalogue::Catalogue>(
        catalogue::Catalogue::read(folders.fixtures() / "catalogue", folders.fixtures() / "components"));
    scenario::ExpandHooks hooks;
    hooks.resolve = [known, values](const std::string& path, const std::string& value) {
        const auto component = component_of(path);
        if (component.empty() || !known->knows(component)) return value;
        // What stands for nothing stays as it is: loading the cell says what is wrong with it.
        return known->resolve(component, value, source_of(values, component)).version.value_or(value);
    };
    return hooks;
}

}  // namespace crib::cli
