#include "harness/check/detail/leaders.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::check::detail {
namespace {

bool is_of(const Pod& pod, const std::string& component) {
    const auto label = pod.labels.find("component");
    return pod.owner == "Node" && label != pod.labels.end() && label->second == component;
}

// The earliest that its process can have begun; nothing when it is not known.
std::optional<WallTime> running_since(const Pod& pod) {
    for (const auto& container : pod.containers) {
        if (container.running) return container.running_since;
    }
    return std::nullopt;
}

}  // namespace

bool has_component(const std::vector<Pod>& pods, const std::string& component) {
    return std::ranges::any_of(pods, [&](const Pod& pod) { return is_of(pod, component); });
}

std::string lease_path(const std::string& component) {
    return "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/" + component;
}

std::optional<std::string> without_leader(const std::string& component, const Lease& lease,
                                          const std::vector<Pod>& pods) {
    if (lease.holder.empty()) return fmt::format("no {} leads yet: nobody holds its lease", component);
    const auto host = lease.holder.substr(0, lease.holder.rfind('_'));
    for (const auto& pod : pods) {
        if (!is_of(pod, component) || pod.node != host) continue;
        const auto since = running_since(pod);
        if (!since || !lease.renewed || *lease.renewed >= *since) return std::nullopt;
        return fmt::format("no {} leads yet: its lease is still that of the one on {} that ended", component, host);
    }
    return std::nullopt;
}

}  // namespace crib::check::detail
