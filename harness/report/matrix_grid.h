#pragma once
// The result of a matrix as a grid of its axes, and what is to be said about its cells. Pure.

#include "harness/base/next_command.h"
#include "harness/events/matrix_record.h"

#include <functional>
#include <string>

namespace crib::report {

// Rows and columns of axis values with each cell's outcome: one axis makes rows, two make rows and columns; of more,
// one that fits the width makes the columns and the others the rows. An axis of one value stands above. "-": not
// chosen. Cells that are not of the axes' product stand below.
[[nodiscard]] std::string matrix_grid(const events::MatrixRecord& record);

// What did not pass and why, what went on from a checkpoint, what was excluded and why, notes, and what was waited for.
// crib logs is advised for those cells of whose run it shows something.
[[nodiscard]] std::string matrix_details(const events::MatrixRecord& record,
                                         const std::function<bool(const events::CellRecord&)>& has_journal = {},
                                         const NextCommand& next_command = {});

// A test case for each cell; excluded ones are skipped, with the reason.
[[nodiscard]] std::string to_junit(const events::MatrixRecord& record);

}  // namespace crib::report
