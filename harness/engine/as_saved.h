#pragma once
// Is a cluster at rest, and is a restored one as it was when it was saved? What rest is, check::settle() says.

#include "harness/check/cluster_view.h"
#include "harness/engine/cluster_state.h"
#include "harness/events/bus.h"

#include <string>

namespace crib::engine {

// Writes down who is Ready, and how often containers have restarted where all pods run, before a cluster is saved.
// Leaves the state as it is when the API server does not answer.
void note_readiness(check::ClusterView& cluster, ClusterState& state, const Context& context);
void note_restarts(check::ClusterView& cluster, ClusterState& state, const Context& context);
void forget_readiness(ClusterState& state);
[[nodiscard]] bool has_ready_nodes(const ClusterState& state);

// Waits until all pods run, and writes down how often their containers have restarted. What is saved then need not be
// waited for whenever it is restored. When the context ends first nothing is written, and what was seen last is
// returned. The bus is told what it waits for.
[[nodiscard]] std::string await_settled(check::ClusterView& cluster, ClusterState& state, events::Bus& bus,
                                        const Context& context);

// Returns when the API server answers with this cluster's certificate and calls Ready whom it called so when it was
// saved, and the pods run if all did then; at once when nobody was Ready. Error(timeout) with what was seen last when
// it is the nodes that are not; pods that do not are the checks' business, and what the caller may say: the string,
// which else is empty. The bus is told what it waits for.
[[nodiscard]] std::string await_as_saved(check::ClusterView& cluster, const ClusterState& state, events::Bus& bus,
                                         const Context& context);

}  // namespace crib::engine
