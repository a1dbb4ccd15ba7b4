#pragma once
// What a cluster's state must be for clusters to be made of it. A checkpoint's text may be anybody's: its names become
// files and commands, its addresses the switch's.

#include "harness/checkpoint/entry.h"
#include "harness/engine/checkpoints.h"
#include "harness/engine/cluster_state.h"

#include <vector>

namespace crib::engine {

// Nodes as crib makes them: their names, addresses and host key are such, and no two have the same name or address.
// Part of reading a state.
// Error(environment).
void require_own_nodes(const ClusterState& state);

// Each node has its memory, its machine's state and those disks that were frozen, and nothing else is there.
// Error(environment).
void require_own_parts(const std::vector<checkpoint::Part>& parts, const ClusterState& state);

// What a checkpoint has, judged as above: whatever goes on from one begins with this. Error(environment).
[[nodiscard]] ClusterState usable_state(const HeldCheckpoint& held);

}  // namespace crib::engine
