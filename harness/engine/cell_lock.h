#pragma once
// What a cell came to, as a lock, and whether that is what a lock file says. Pure.

#include "harness/engine/cell_runner.h"
#include "harness/engine/parts.h"
#include "harness/provision/plan.h"
#include "harness/scenario/lock.h"

#include <string>
#include <vector>

namespace crib::engine {

// What the recipe's steps are planned from, without a profile. Its source is "upstream" where nodes fetch all packages
// from their publishers themselves: kubernetes, cri-o and flannel come from upstream, and the scenario lets nodes out.
[[nodiscard]] provision::RunFacts run_facts(const Cell& cell, const Supply& supply, const std::vector<CellNode>& nodes);

// What of a node the inputs of its steps do not show: role, system, sizes to the byte, labels and taints.
[[nodiscard]] std::string text_of(const scenario::Node& node);

// Its parameters, "timeout=5m namespace=default"; empty where it has none.
[[nodiscard]] std::string params_of(const scenario::Check& check);
[[nodiscard]] std::string text_of(const scenario::Check& check);  // behind its kind

// Of the steps without a profile: a lock holds on hosts of every kind.
[[nodiscard]] scenario::Lock make_lock(const Cell& cell, const Supply& supply, const std::vector<CellNode>& nodes);

// Error(usage) with everything that differs. `making` is the command that writes what was found into the lock file.
void require_locked(const scenario::Lock& wanted, const scenario::Lock& found, const std::string& making);

}  // namespace crib::engine
