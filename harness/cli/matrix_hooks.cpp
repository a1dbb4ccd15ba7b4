#include "harness/cli/matrix_hooks.h"

#include "harness/catalogue/catalogue.h"
#include "harness/catalogue/legality.h"

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

// Values whose path is `prefix` and one name.
std::map<std::string, std::string> below(const Assignment& values, const std::string& prefix) {
    std::map<std::string, std::string> found;
    for (auto it = values.lower_bound(prefix); it != values.end() && it->first.starts_with(prefix); ++it) {
        const auto name = it->first.substr(prefix.size());
        // "parameters.x.default" is what it is when nothing sets "parameters.x".
        if (name.find('.') == std::string::npos) found[name] = it->second;
    }
    return found;
}

std::string value_of(const Assignment& cell, const Assignment& base, const std::string& path) {
    for (const auto* values : {&cell, &base}) {
        if (const auto found = values->find(path); found != values->end()) return found->second;
    }
    return {};
}

// The cell's values over the scenario's own, as the catalogue wants them.
catalogue::Cell cell_of(const Assignment& assignment, const Assignment& base) {
    catalogue::Cell cell;
    cell.os = value_of(assignment, base, "os");
    cell.versions = below(base, "versions.");
    for (const auto& [name, version] : below(assignment, "versions.")) cell.versions[name] = version;
    cell.sources = below(base, "components.");
    for (const auto& [name, source] : below(assignment, "components.")) cell.sources[name] = source;
    cell.runtime = value_of(assignment, base, "parameters.runtime");
    if (cell.runtime.empty()) cell.runtime = value_of(assignment, base, "parameters.runtime.default");
    return cell;
}

}  // namespace

scenario::ExpandHooks catalogue_hooks(const Folders& folders, const Assignment& base) {
    const auto known = std::make_shared<const catalogue::Catalogue>(
        catalogue::Catalogue::read(folders.fixtures() / "catalogue", folders.fixtures() / "components"));
    const auto rules =
        std::make_shared<const catalogue::Legality>(*known, folders.fixtures() / "catalogue" / "illegal.json");
    scenario::ExpandHooks hooks;
    hooks.resolve = [known, base](const std::string& path, const std::string& value) {
        const auto component = component_of(path);
        if (component.empty() || !known->knows(component)) return value;
        const auto source = catalogue::parse_source(value_of({}, base, "components." + component));
        // What stands for nothing stays as it is: loading the cell says what is wrong with it.
        return known->resolve(component, value, source.value_or(catalogue::Source::modules)).version.value_or(value);
    };
    hooks.illegal = [rules, base](const Assignment& assignment) {
        std::vector<std::string> reasons;
        for (const auto& found : rules->illegal(cell_of(assignment, base))) reasons.push_back(found.reason);
        return reasons;
    };
    return hooks;
}

}  // namespace crib::cli
