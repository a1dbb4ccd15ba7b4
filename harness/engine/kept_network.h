#pragma once
// The network of a kept cluster that is to go on.

#include "harness/engine/cluster_state.h"
#include "harness/engine/parts.h"
#include "harness/events/bus.h"

#include <memory>

namespace crib::engine {

// The cluster's own switch, with its ports; a new one, said so, where that has ended or does not serve what is wanted.
// `now` is what the switch was started for.
[[nodiscard]] std::unique_ptr<ClusterNetwork> network_again(const Parts& parts, events::Bus& bus,
                                                            const RunFolder& folder, const ClusterState& now,
                                                            const NetworkPlan& wanted, const Context& context);

}  // namespace crib::engine
