#pragma once
// What a resumed matrix takes over from the record of the earlier one, so that its cells are the same.

#include "harness/cli/command_line.h"
#include "harness/events/matrix_record.h"

#include <string>
#include <vector>

namespace crib::cli {

// The --set and --component of the record, which has them in its cells, become those of the command. What the command
// gives itself must be among them: Error(usage) with both, as the cells would be others.
void take_sets(MatrixCommand& command, const events::MatrixRecord& earlier);

// `scenario` is the name of the one that is in `file` now. Error(usage) for another one.
void require_same_scenario(const events::MatrixRecord& earlier, const std::string& scenario, const std::string& file);

// The options that resume a matrix of this command: its cells and what they are made with are in its record, how they
// are run is not.
[[nodiscard]] std::vector<std::string> options_to_resume(const MatrixCommand& command, const std::string& id);

}  // namespace crib::cli
