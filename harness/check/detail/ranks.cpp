#include "harness/check/detail/ranks.h"

#include <algorithm>

namespace crib::check::detail {
namespace {

bool has_label(const Pod& pod, const char* name, const char* value) {
    const auto found = pod.labels.find(name);
    return found != pod.labels.end() && found->second == value;
}

}  // namespace

bool is_static_pod_of(const Pod& pod, const char* component) {
    return pod.owner == "Node" && has_label(pod, "component", component);
}

Rank rank_of(const Pod& pod) {
    if (is_static_pod_of(pod, "etcd")) return Rank::store;
    if (is_static_pod_of(pod, "kube-apiserver")) return Rank::api_server;
    if (pod.owner == "Node") return Rank::control_plane;
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
