#pragma once
// Whether the controllers of a cluster work: a pod of them that runs and is ready does nothing yet while it waits for
// the lease of the one before it. Pure.

#include "harness/check/api_objects.h"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace crib::check::detail {

// Those of kubeadm's static pods that elect a leader, by their label "component".
inline constexpr std::array kElecting{"kube-controller-manager", "kube-scheduler"};

[[nodiscard]] bool has_component(const std::vector<Pod>& pods, const std::string& component);

// Does its command say so, as kubeadm writes it? Without that nobody can know here whether there is to be a lease.
[[nodiscard]] bool is_told_to_elect(const std::vector<Pod>& pods, const std::string& component);

// "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-scheduler"
[[nodiscard]] std::string lease_path(const std::string& component);

// A lease, and since when the container ran on its holder's host, when they were looked at last.
struct LeaseSeen {
    Lease lease{};
    std::optional<WallTime> since{};
};

// Why none of them leads; nothing when one does, or when the lease does not say who its holder is. A holder's name is
// its host's and a random one that ends with its process (cmd/kube-controller-manager/app/controllermanager.go): a
// lease that was renewed last before the container on that host began is still that of the process before it. One that
// changes while that container runs is its own, whatever its times say: the host's clock may have been set back.
[[nodiscard]] std::optional<std::string> without_leader(const std::string& component, const Lease& lease,
                                                        const std::vector<Pod>& pods, LeaseSeen& seen);

}  // namespace crib::check::detail
