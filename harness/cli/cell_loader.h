#pragma once
// From the words of a command line to a cell that can be run.

#include "harness/base/folders.h"
#include "harness/engine/cell_runner.h"

#include <string>
#include <vector>

namespace crib::cli {

// Error(usage) with everything that is wrong with the scenario.
[[nodiscard]] engine::Cell load_cell(const Folders& folders, const std::string& file,
                                     const std::vector<std::string>& sets);

}  // namespace crib::cli
