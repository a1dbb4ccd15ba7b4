#include "harness/cli/matrix_hooks.h"

#include "harness/base/size.h"
#include "harness/catalogue/catalogue.h"
#include "harness/catalogue/cell_path.h"
#include "harness/catalogue/legality.h"
#include "harness/check/params.h"
#include "harness/cli/cell_of.h"

#include <map>
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

// Most values of most matrices are nothing to the rules: cells that are alike to them are judged once.
class RulesOnCells {
public:
    RulesOnCells(std::shared_ptr<const catalogue::Legality> rules, catalogue::Cell base)
        : rules_(std::move(rules)), base_(std::move(base)) {}

    const std::vector<std::string>& reasons_against(const scenario::Assignment& assignment) {
        constexpr std::size_t kMostKept = 10'000;
        scenario::Assignment known_to_rules;
        for (const auto& [path, value] : assignment) {
            if (counts(path, value)) known_to_rules.emplace(path, value);
        }
        if (judged_.size() >= kMostKept) judged_.clear();
        const auto [found, is_new] = judged_.try_emplace(std::move(known_to_rules));
        if (is_new) found->second = judged(found->first);
        return found->second;
    }

private:
    // It is the path alone that says so.
    bool counts(const std::string& path, const std::string& value) {
        const auto known = paths_.find(path);
        if (known != paths_.end()) return known->second;
        auto cell = base_;
        return paths_[path] = catalogue::set_by_path(cell, path, value);
    }

    [[nodiscard]] std::vector<std::string> judged(const scenario::Assignment& assignment) const {
        auto cell = base_;
        for (const auto& [path, value] : assignment) (void)catalogue::set_by_path(cell, path, value);
        std::vector<std::string> reasons;
        for (const auto& found : rules_->illegal(cell)) reasons.push_back(found.reason);
        return reasons;
    }

    std::shared_ptr<const catalogue::Legality> rules_;
    catalogue::Cell base_;
    std::map<std::string, bool> paths_;
    std::map<scenario::Assignment, std::vector<std::string>> judged_;
};

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
    hooks.illegal = [rules = std::make_shared<RulesOnCells>(knowledge.rules, base_cell(values, scenario))](
                        const scenario::Assignment& assignment) { return rules->reasons_against(assignment); };
    return hooks;
}

}  // namespace crib::cli
