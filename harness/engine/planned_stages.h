#pragma once
// The stages that a cell will come to, with what leads to each, before anything is built. Pure.

#include "harness/engine/cell_runner.h"
#include "harness/engine/matrix_prefixes.h"
#include "harness/engine/run_plan.h"

#include <string>
#include <vector>

namespace crib::engine {

// All that the cell's set-up comes to, as one digest: nodes, components, and each step's script, inputs and files in
// their order, on hosts of either kind. Of a checkout only its path is in it, of an expectation nothing. Errors as of
// provision::plan_steps().
[[nodiscard]] std::string planned_key(const Cell& cell, const Stock& stock);

// Equal keys here mean equal keys of checkpoints (stage_keys.h) while neither a checkout nor a node image changes: for
// what only a build brings to light stand the name, version and source that it is built from. Ends before the stage in
// which the scenario must fail. Errors as of provision::plan_steps().
[[nodiscard]] std::vector<PlannedStage> planned_stages(const Cell& cell, const Stock& stock,
                                                       hypervisor::Acceleration acceleration);

}  // namespace crib::engine
