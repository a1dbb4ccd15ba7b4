#include "harness/check/detail/leaders.h"

#include "harness/check/detail/ranks.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace crib::check::detail {
namespace {

// The API server has seconds: the process may have begun at the end of this one.
constexpr auto kWithin = std::chrono::seconds{1};

// The second in which its process began; nothing when it is not known.
std::optional<WallTime> running_since(const Pod& pod) {
    for (const auto& container : pod.containers) {
        if (container.running) return container.running_since;
    }
    return std::nullopt;
}

}  // namespace

bool has_component(const std::vector<Pod>& pods, const std::string& component) {
    return std::ranges::any_of(pods, [&](const Pod& pod) { return is_static_pod_of(pod, component.c_str()); });
}

bool is_told_to_elect(const std::vector<Pod>& pods, const std::string& component) {
    const auto elects = [](const std::string& word) {
        return word == "--leader-elect" || word == "--leader-elect=true";
    };
    const auto has_file = [](const std::string& word) { return word.starts_with("--config"); };  // may say otherwise
    return std::ranges::any_of(pods, [&](const Pod& pod) {
        return is_static_pod_of(pod, component.c_str()) && std::ranges::any_of(pod.command, elects) &&
               std::ranges::none_of(pod.command, has_file);
    });
}

std::string lease_path(const std::string& component) {
    return "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/" + component;
}

std::optional<std::string> without_leader(const std::string& component, const Lease& lease,
                                          const std::vector<Pod>& pods, LeaseSeen& seen) {
    const auto before = std::exchange(seen, {lease});
    if (lease.holder.empty()) return fmt::format("no {} leads yet: nobody holds its lease", component);
    const auto host = lease.holder.substr(0, lease.holder.rfind('_'));
    for (const auto& pod : pods) {
        if (!is_static_pod_of(pod, component.c_str()) || pod.node != host) continue;
        seen.since = running_since(pod);
        if (!seen.since || !lease.renewed || *lease.renewed >= *seen.since + kWithin) return std::nullopt;
        if (before.since == seen.since && before.lease != lease) return std::nullopt;
        return fmt::format("no {} leads yet: its lease is still that of the one on {} that ended", component, host);
    }
    return std::nullopt;
}

}  // namespace crib::check::detail
