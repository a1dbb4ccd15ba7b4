#include "harness/cli/checkout_check.h"

#include "harness/base/checkout_source.h"
#include "harness/base/error.h"
#include "harness/component/request.h"
#include "harness/component/source_tree.h"
#include "harness/scenario/positions.h"

namespace crib::cli {
namespace {

std::string version_of(const scenario::Scenario& scenario, const std::string& name) {
    const auto given = scenario.versions.find(name);
    return given == scenario.versions.end() ? "" : given->second;
}

}  // namespace

void require_checkout(const component::Table& table, const scenario::Scenario& scenario, const std::string& name,
                      const std::string& source) {
    auto version = version_of(scenario, name);
    if (version.empty()) {
        const auto on_offer = table.versions(name);
        if (!on_offer.empty()) version = on_offer.back();
    }
    component::require_checkout_of(table.row_for_checkout(name, version), component::parse_source(source));
}

std::vector<scenario::Clash> CheckoutCheck::mistakes_in(const scenario::Scenario& scenario) {
    const std::lock_guard lock(mutex_);
    std::vector<scenario::Clash> mistakes;
    for (const auto& [name, source] : scenario.components) {
        if (!is_checkout(source)) continue;
        const Key key{name, version_of(scenario, name), source};
        auto known = judged_.find(key);
        if (known == judged_.end()) known = judged_.emplace(key, judge(scenario, name, source)).first;
        if (!known->second) continue;
        scenario::Clash clash;
        clash.path = scenario::child_path("$.components", name);
        clash.reason = known->second->reason;
        clash.hint = known->second->hint;
        mistakes.push_back(std::move(clash));
    }
    return mistakes;
}

std::optional<CheckoutCheck::Problem> CheckoutCheck::judge(const scenario::Scenario& scenario, const std::string& name,
                                                           const std::string& source) {
    try {
        require_checkout(table_, scenario, name, source);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::usage) throw;
        return Problem{error.what(), error.hint()};
    }
    if (reads_ == Reads::go_mod) return std::nullopt;
    const auto known = read_.find(source);
    return known != read_.end() ? known->second : read_.emplace(source, read_all(source)).first->second;
}

std::optional<CheckoutCheck::Problem> CheckoutCheck::read_all(const std::string& source) {
    try {
        (void)component::fingerprint(component::parse_source(source).checkout, context_);
        return std::nullopt;
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::usage) throw;
        return Problem{error.what(), error.hint()};
    }
}

}  // namespace crib::cli
