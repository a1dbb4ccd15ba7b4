#pragma once
// The stages that a cell will come to, with what leads to each, before anything is built. Pure.

#include "harness/engine/cell_runner.h"
#include "harness/engine/matrix_prefixes.h"
#include "harness/engine/run_plan.h"

#include <map>
#include <string>
#include <vector>

namespace crib::engine {

struct PlannedSetUp {
    // All that the set-up comes to, as one digest: nodes, components, and each step's script, inputs and files in their
    // order, on hosts of either kind. Of a checkout only its path is in it, of an expectation nothing.
    std::string key;
    // On hosts of each kind. Equal keys here mean equal keys of checkpoints (stage_keys.h) while neither a checkout nor
    // a node image changes: for what only a build brings to light stand the name, version and source that it is built
    // from. They end before the stage in which the scenario must fail.
    std::map<hypervisor::Acceleration, std::vector<PlannedStage>> stages;
};

// The cell is planned once for hosts of each kind. Errors as of provision::plan_steps().
[[nodiscard]] PlannedSetUp planned_set_up(const Cell& cell, const Stock& stock);

}  // namespace crib::engine
