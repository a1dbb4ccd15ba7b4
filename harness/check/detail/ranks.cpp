#include "harness/check/detail/ranks.h"

#include <algorithm>

namespace crib::check::detail {
namespace {

bool has_label(const Pod& pod, const char* name, const char* value) {
    const auto found = pod.labels.find(name);
    return found != pod.labels.end() && found->second == value;
}

}  // namespace

// kubeadm's labels of static pods (cmd/kubeadm/app/util/staticpod/utils.go), and those of its kube-proxy.
Rank rank_of(const Pod& pod) {
    if (pod.owner == "Node") {
        if (has_label(pod, "component", "etcd")) return Rank::store;
        return has_label(pod, "component", "kube-apiserver") ? Rank::api_server : Rank::control_plane;
    }
    if (pod.owner == "DaemonSet") return has_label(pod, "k8s-app", "kube-proxy") ? Rank::proxy : Rank::agent;
    return Rank::rest;
}

std::optional<WallTime> needs_met_since(const Pod& pod, const std::vector<Pod>& all) {
    auto since = WallTime::min();
    const auto rank = rank_of(pod);
    for (const auto& other : all) {
        const auto needed = rank_of(other);
        if (needed >= rank) continue;
        const bool elsewhere = needed >= Rank::proxy && !pod.node.empty() && other.node != pod.node;
        if (elsewhere) continue;
        if (!other.is_running() || !other.ready) return std::nullopt;
        since = std::max(since, other.turned.value_or(WallTime::min()));
    }
    return since;
}

bool ended_by_itself(const Pod& pod, const Container& container, const std::vector<Pod>& all, Duration settle) {
    const auto since = needs_met_since(pod, all);
    if (!since) return false;
    if (*since == WallTime::min() || !container.last_started) return true;
    return *container.last_started >= *since + std::chrono::duration_cast<WallTime::duration>(settle);
}

}  // namespace crib::check::detail
