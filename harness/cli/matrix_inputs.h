#pragma once
// From a scenario file to what its matrix is planned from.

#include "harness/cli/known_facts.h"
#include "harness/cli/matrix_plan.h"

#include <string>
#include <vector>

namespace crib::cli {

// As the history of times has it.
[[nodiscard]] std::string host_name();

// `history` is referred to. Error(usage) with all that is wrong with the file, or when it has no matrix.
[[nodiscard]] PlanInputs matrix_inputs(const Folders& folders, const Knowledge& knowledge, const std::string& file,
                                       const std::vector<std::string>& sets, const engine::MatrixHistory& history);

}  // namespace crib::cli
