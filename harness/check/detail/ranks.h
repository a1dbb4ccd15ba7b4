#pragma once
// Which pods others need: the order in which a cluster comes to life. Pure.

#include "harness/base/clock.h"
#include "harness/check/api_objects.h"

#include <optional>
#include <vector>

namespace crib::check::detail {

// Whoever has a higher rank needs all that have a lower one: static pods those of the whole cluster, the others also
// what runs on their own node.
enum class Rank { store, api_server, control_plane, proxy, agent, rest };

[[nodiscard]] Rank rank_of(const Pod& pod);

// One of kubeadm's static pods: "kube-scheduler" (cmd/kubeadm/app/util/staticpod/utils.go has the label).
[[nodiscard]] bool is_static_pod_of(const Pod& pod, const char* component);

// Since when all that this pod needs has been ready, by what the API server says; WallTime::min() when that is not
// known or it needs nothing. Nothing while some of it is not.
[[nodiscard]] std::optional<WallTime> needs_met_since(const Pod& pod, const std::vector<Pod>& all);

// The container's last end is its own doing: all that it needs had been there for `settle` when it began. Also when the
// API server does not say when it began.
[[nodiscard]] bool ended_by_itself(const Pod& pod, const Container& container, const std::vector<Pod>& all,
                                   Duration settle);

}  // namespace crib::check::detail
