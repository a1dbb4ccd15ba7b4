#include "harness/cli/matrix_hooks.h"

#include "harness/base/size.h"
#include "harness/catalogue/catalogue.h"
#include "harness/catalogue/cell_path.h"
#include "harness/catalogue/legality.h"
#include "harness/check/params.h"
#include "harness/cli/cell_of.h"

#include <memory>
#include <string_view>

namespace crib::cli {
namespace {

// "versions.cri-o", "nodes.worker.versions.cri-o" to "cri-o"; empty for all
// else.
std::string component_of(const std::string& path) {
    constexpr std::string_view key = "versions.";
    const auto at = path.rfind(key);
    if (at == std::string::npos || (at > 0 && path[at - 1] != '.')) return {};
    return path.substr(at + key.size());
}

// Amounts and times in one unit.
std::string meaning_of(const std::string& path, const std::string& value) {
    const auto key = path.substr(path.rfind('.') + 1);
    if (key == "memory" || key == "disk") {
        if (const auto size = ByteSize::parse(value)) return std::to_string(size->bytes);
    }
    if (key == "timeout" || key == "for") {
        if (const auto time = check::parse_duration(value)) return std::to_string(time->count());
    }
    return value;
}

catalogue::Source source_of(const scenario::Assignment& values, const std::string& component) {
    const auto found = values.find("components." + component);
    if (found == values.end()) return catalogue::Source::modules;
    return catalogue::parse_source(found->second).value_or(catalogue::Source::modules);
}

catalogue::Cell base_cell(const scenario::Assignment& values, const std::optional<scenario::Scenario>& scenario) {
    if (scenario) return cell_of(*scenario);
    catalogue::Cell cell;
    for (const auto& [path, value] : values) (void)catalogue::set_by_path(cell, path, value);
    return cell;
}

}  // namespace

scenario::ExpandHooks catalogue_hooks(const Knowledge& knowledge, const scenario::Assignment& values,
                                      const std::optional<scenario::Scenario>& scenario) {
    scenario::ExpandHooks hooks;
    hooks.resolve = [known = knowledge.catalogue, values](const std::string& path, const std::string& value) {
        const auto component = component_of(path);
        if (component.empty() || !known->knows(component)) return value;
        auto found = known->resolve(component, value, source_of(values, component)).version;
        // The source has none: as the version that it is, the rules can say why not. What stands for nothing at all
        // stays as it is.
        if (!found) found = known->resolve(component, value).version;
        return found.value_or(value);
    };
    hooks.meaning = meaning_of;
    hooks.illegal = [rules = knowledge.rules,
                     base = base_cell(values, scenario)](const scenario::Assignment& assignment) {
        auto cell = base;
        for (const auto& [path, value] : assignment) (void)catalogue::set_by_path(cell, path, value);
        std::vector<std::string> reasons;
        for (const auto& found : rules->illegal(cell)) reasons.push_back(found.reason);
        return reasons;
    };
    return hooks;
}

}  // namespace crib::cli
