#pragma once
// The state of a kept run's cluster, as its crib has left it in the run's folder.

#include "harness/engine/cluster_state.h"

namespace crib::engine {

// Error(usage) that names the file when it cannot be read.
[[nodiscard]] ClusterState read_cluster_state(const RunFolder& folder);

}  // namespace crib::engine
