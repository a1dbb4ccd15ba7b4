#pragma once
// What a scenario needs of the component store, and what recipes know of an operating system. Pure.

#include "harness/component/request.h"
#include "harness/scenario/scenario.h"

#include <map>
#include <string>
#include <vector>

namespace crib::engine {

using Versions = std::map<std::string, std::string>;  // component to version

// The cluster's versions first, then those of each node that has some of its own.
[[nodiscard]] std::vector<Versions> version_sets(const scenario::Scenario& scenario);

// What a cluster of these versions needs that is made of the recipe's components, each from where the scenario says.
// Errors as of bill_of_materials().
[[nodiscard]] std::vector<component::Request> bill_of(const component::Table& table, const scenario::Scenario& scenario,
                                                      const std::vector<std::string>& components,
                                                      const Versions& versions);

// The version of the pause image that kubeadm wants.
[[nodiscard]] std::string pause_of(const component::Table& table, const scenario::Scenario& scenario);

// What recipes' steps differ by: "package_manager" to "apt".
[[nodiscard]] std::map<std::string, std::string> system_facts(const std::string& family,
                                                              const std::string& package_manager);

}  // namespace crib::engine
