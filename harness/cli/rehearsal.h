#pragma once
// What a scenario comes to when it is planned: mistakes that only this shows.

#include "harness/cli/known_facts.h"
#include "harness/engine/cell_runner.h"
#include "harness/scenario/load.h"
#include "harness/scenario/matrix.h"

#include <optional>
#include <string>
#include <vector>

namespace crib::cli {

// Of a scenario in which the reader has found nothing. Nothing is built or fetched.
[[nodiscard]] std::vector<scenario::Clash> mistakes_of_plan(const scenario::Scenario& scenario, const Folders& folders,
                                                            const Knowledge& knowledge);
// Of such a scenario's matrix: mutations that have an effect in none of its cells, and expectations of steps that run
// in none of theirs.
[[nodiscard]] std::vector<scenario::Clash> mistakes_of_cells(const std::string& file,
                                                             const std::vector<std::string>& sets,
                                                             const scenario::Scenario& scenario,
                                                             const scenario::ExpandHooks& hooks, const Folders& folders,
                                                             const Knowledge& knowledge);
// All that is wrong with the matrix of a file in which the reader has found nothing but what --only may help with: what
// validate, plan, matrix and lock refuse alike. `scenario`: the file's own, where it is one without a cell's values.
[[nodiscard]] std::vector<scenario::Diagnostic> mistakes_of_matrix(const std::string& file,
                                                                   const std::vector<std::string>& sets,
                                                                   const std::optional<scenario::Scenario>& scenario,
                                                                   const scenario::ExpandHooks& hooks,
                                                                   const Folders& folders, const Knowledge& knowledge);
// Error(usage) for a mutation without an effect. One of a matrix's scenario may have its effect in another cell.
void require_effects(const engine::Cell& cell, const Folders& folders);

}  // namespace crib::cli
