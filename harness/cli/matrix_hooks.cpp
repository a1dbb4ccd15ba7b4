#include "harness/cli/matrix_hooks.h"

#include "harness/catalogue/catalogue.h"

#include <memory>
#include <string_view>

namespace crib::cli {
namespace {

using scenario::Assignment;

// "versions.cri-o", "nodes.worker.versions.cri-o" to "cri-o"; empty for all else.
std::string component_of(const std::string& path) {
    constexpr std::string_view key = "versions.";
    const auto at = path.rfind(key);
    if (at == std::string::npos || (at > 0 && path[at - 1] != '.')) return {};
    return path.substr(at + key.size());
}

std::string value_of(const Assignment& cell, const Assignment& base, const std::string& path) {
    for (const auto* values : {&cell, &base}) {
        if (const auto found = values->find(path); found != values->end()) return found->second;
    }
    return {};
}

}  // namespace

scenario::ExpandHooks catalogue_hooks(const Folders& folders, const Assignment& base) {
    const auto known = std::make_shared<const catalogue::Catalogue>(
        catalogue::Catalogue::read(folders.fixtures() / "catalogue", folders.fixtures() / "components"));
    scenario::ExpandHooks hooks;
    hooks.resolve = [known, base](const std::string& path, const std::string& value) {
        const auto component = component_of(path);
        if (component.empty() || !known->knows(component)) return value;
        const auto source = catalogue::parse_source(value_of({}, base, "components." + component));
        // What stands for nothing stays as it is: loading the cell says what is wrong with it.
        return known->resolve(component, value, source.value_or(catalogue::Source::modules)).version.value_or(value);
    };
    return hooks;
}

}  // namespace crib::cli
