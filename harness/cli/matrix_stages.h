#pragma once
// What the cells of a matrix will come to stage by stage, so that those that share a beginning can share a checkpoint.

#include "harness/cli/known_facts.h"
#include "harness/engine/matrix_scheduler.h"
#include "harness/hypervisor/hypervisor.h"
#include "harness/scenario/matrix_load.h"

#include <vector>

namespace crib::cli {

// Fills in the stages of `cells`, which are those of `loaded`, in their order. A cell that cannot be planned gets none:
// its own run says why.
void add_stages(const Folders& folders, const Knowledge& knowledge, const std::vector<scenario::LoadedCell>& loaded,
                hypervisor::Acceleration acceleration, std::vector<engine::MatrixCell>& cells);

}  // namespace crib::cli
