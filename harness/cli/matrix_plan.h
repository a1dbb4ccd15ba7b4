#pragma once
// From the command line to the cells that are meant: expanded, narrowed, chosen, sharded.

#include "harness/cli/command_line.h"
#include "harness/engine/matrix_history.h"
#include "harness/events/matrix_record.h"
#include "harness/scenario/matrix.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace crib::cli {

struct MatrixPlan {
    scenario::Matrix matrix;  // with relative names resolved
    scenario::Cells cells;
    // Of the cells that are meant, none of which has an outcome yet. For a list without them: it may be of a million.
    events::MatrixRecord record;
};

struct PlanInputs {
    std::string scenario;  // its name
    scenario::Matrix matrix;
    scenario::ExpandHooks hooks;
    const engine::MatrixHistory& history;
    std::string host;
    std::optional<events::MatrixRecord> resumes;
};

// Error(usage) when nothing is left to run, for an id that there is not, or to resume a record without cells.
[[nodiscard]] MatrixPlan plan_matrix(const MatrixCommand& command, const PlanInputs& inputs);

// What --list prints of the cells, for people: those that passed in the matrix that is resumed are marked.
[[nodiscard]] std::string list_of(const events::MatrixRecord& record);
// The same of a plan whose record has no cells, a piece at a time.
void list_cells(const MatrixPlan& plan, const PlanInputs& inputs, const std::function<void(const std::string&)>& print);
// The record of such a plan as JSON, with its cells.
void list_cells_as_json(const MatrixPlan& plan, const PlanInputs& inputs, const std::vector<std::string>& sets,
                        const std::function<void(const std::string&)>& print);

}  // namespace crib::cli
