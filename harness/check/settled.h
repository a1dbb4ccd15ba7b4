#pragma once
// settle: waits until a cluster has come to rest. The one definition of it, for whoever restored a cluster, changed its
// container runtime or is about to save it.

#include "harness/base/context.h"
#include "harness/base/wait.h"
#include "harness/check/api_objects.h"
#include "harness/check/checker.h"
#include "harness/check/cluster_view.h"

#include <string>
#include <vector>

namespace crib::check {

// A cluster has settled when, looked at in this order, the API server answers with the cluster's certificate, the nodes
// are Ready, the pods run (the static pods, then kube-proxy, the other node agents, and the rest), and its controller
// manager and scheduler have a leader.
struct SettleGoal {
    std::vector<std::string> ready_nodes = {};  // who is to be Ready
    bool pods = true;                           // false: only the nodes
    // The containers were ended under their pods (by a runtime that removed them, a reboot). What the API server still
    // says of those of before does not count: each must be one that its node's runtime runs. Pods that ended again and
    // again because what they need was not there, and now wait out a back-off of minutes, are deleted, for their owner
    // makes them anew. It must have stayed so for some seconds.
    bool restarted = false;
    std::string runtime_service = {};  // its unit of systemd, looked at while the API server is silent; empty: is not
};

struct Settlement {
    WaitResult wait;
    std::vector<Pod> pods;  // as they were seen last
    std::vector<std::string>
        reset;  // pods that were deleted to end their back-off: "kube-flannel/kube-flannel-ds-abcde"

    // Of the wait, while all else was well and only a leader was not there: an old lease has its time, which says
    // nothing of the host's.
    Duration for_leaders{};

    [[nodiscard]] bool settled() const { return wait.end == WaitResult::End::ready; }
};

// Until the context's deadline. Hopeless before it only on what cannot heal: a container that ends by itself although
// all that it needs is there, one that cannot be made, a runtime that does not run or makes nothing. Never throws but
// Error(cancelled).
[[nodiscard]] Settlement settle(ClusterView& view, const Settings& settings, const SettleGoal& goal,
                                const Context& context, const OnSeen& on_seen = {});

}  // namespace crib::check
