#include "harness/check/detail/pod_trouble.h"

#include "harness/base/text.h"
#include "harness/check/detail/ranks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace crib::check::detail {
namespace {

constexpr std::size_t kLongestMessage = 300;
constexpr std::size_t kMostLines = 4;
// A busy runtime fails at times to make a container in time, and finds it made at the next try.
constexpr int kLongPatience = 6;

std::string in_brackets(const std::string& message) {
    if (message.empty()) return {};
    auto line = std::string(trim(split_lines(message).empty() ? message : split_lines(message).front()));
    if (line.size() > kLongestMessage) line = line.substr(0, kLongestMessage) + "...";
    return fmt::format(" ({})", line);
}

// The kubelet did not get through to a runtime that starts, ends or is busy; it tries again (gRPC's codes).
bool is_of_the_runtime(const std::string& message) {
    constexpr std::array kWords{"code = Unavailable", "code = DeadlineExceeded", "code = Canceled",
                                "context deadline exceeded", "connection refused"};
    return std::any_of(kWords.begin(), kWords.end(),
                       [&](const char* words) { return message.find(words) != std::string::npos; });
}

bool cannot_be_made(const Container& container) {
    return container.waiting_reason == "CreateContainerError" || container.waiting_reason == "RunContainerError";
}

bool is_terminal(const Pod& pod, const Container& container, const PodRules& rules) {
    const auto& reason = container.waiting_reason;
    if (reason == "CrashLoopBackOff") {
        return container.restarts >= rules.restarts &&
               (rules.all == nullptr || ended_by_itself(pod, container, *rules.all, rules.settle));
    }
    if (is_of_the_runtime(container.waiting_message)) return false;
    if (cannot_be_made(container)) return true;
    if (reason == "InvalidImageName" || reason == "ErrImageNeverPull" || reason == "ImageInspectError") return true;
    if (reason == "ImagePullBackOff" || reason == "ErrImagePull" || reason == "RegistryUnavailable") {
        return !rules.registry;
    }
    // kubelet's caches of ConfigMaps and Secrets are still filling: it tries again.
    return reason == "CreateContainerConfigError" &&
           container.waiting_message.find("failed to sync") == std::string::npos;
}

std::string how_it_waits(const Container& container) {
    auto text = container.waiting_reason + in_brackets(container.waiting_message);
    if (container.waiting_reason == "CrashLoopBackOff") {
        text =
            fmt::format("CrashLoopBackOff after {} restarts{}", container.restarts, in_brackets(container.last_exit));
    }
    return text;
}

// The first container that explains why the pod is not ready.
std::optional<PodTrouble> container_trouble(const Pod& pod, const PodRules& rules) {
    for (const auto& container : pod.containers) {
        const bool routine =
            container.waiting_reason == "ContainerCreating" || container.waiting_reason == "PodInitializing";
        if (container.waiting_reason.empty() || routine) continue;
        return PodTrouble{
            fmt::format("pod {}: container {} waits: {}", pod.full_name(), container.name, how_it_waits(container)),
            is_terminal(pod, container, rules), container.waiting_reason == "CrashLoopBackOff",
            cannot_be_made(container) ? kLongPatience : 1};
    }
    for (const auto& container : pod.containers) {
        if (!container.terminated || container.exit_code == 0) continue;
        return PodTrouble{fmt::format("pod {}: container {} ended with exit code {}{}", pod.full_name(), container.name,
                                      container.exit_code, in_brackets(container.terminated_reason)),
                          false};
    }
    for (const auto& container : pod.containers) {
        if (container.init || container.ready || !container.running) continue;
        return PodTrouble{fmt::format("pod {}: container {} runs but is not ready", pod.full_name(), container.name),
                          false};
    }
    return std::nullopt;
}

}  // namespace

std::optional<PodTrouble> trouble_of(const Pod& pod, const PodRules& rules) {
    if (pod.is_running() || (pod.phase == "Succeeded" && !pod.deleting)) return std::nullopt;
    if (pod.deleting) return PodTrouble{fmt::format("pod {} is being deleted", pod.full_name()), false};
    if (pod.phase == "Failed") {
        return PodTrouble{fmt::format("pod {} has failed: {}{}", pod.full_name(),
                                      pod.reason.empty() ? "Error" : pod.reason, in_brackets(pod.message)),
                          !pod.owned};
    }
    if (auto trouble = container_trouble(pod, rules)) return trouble;
    if (!pod.unscheduled_message.empty()) {
        return PodTrouble{
            fmt::format("pod {} has no node yet{}", pod.full_name(), in_brackets(pod.unscheduled_message)), false};
    }
    const auto where = pod.node.empty() ? std::string{} : " on node " + pod.node;
    const auto what = pod.phase == "Pending" && !pod.node.empty() ? "is being created" : "is " + pod.phase;
    return PodTrouble{fmt::format("pod {} {}{}", pod.full_name(), what, where), false};
}

Observation Patience::judge(const std::vector<PodTrouble>& troubles, TimePoint now) {
    std::map<std::string, TimePoint> since;
    std::vector<std::string> lines;
    std::vector<std::string> hopeless;
    for (const auto& trouble : troubles) {
        lines.push_back(trouble.text);
        if (!trouble.terminal) continue;
        // By pod and container only: ErrImagePull and ImagePullBackOff take turns.
        const auto key = trouble.text.substr(0, trouble.text.find(" waits: "));
        const auto known = since_.find(key);
        const auto first = known == since_.end() ? now : known->second;
        since[key] = first;
        if (now - first >= grace_ * trouble.patience) hopeless.push_back(trouble.text);
    }
    since_ = std::move(since);
    if (!hopeless.empty()) return Observation::hopeless(summarise(hopeless));
    return Observation::not_yet(summarise(lines));
}

std::string summarise(const std::vector<std::string>& lines) {
    if (lines.size() <= kMostLines) return join(lines, "; ");
    const std::vector<std::string> first(lines.begin(), lines.begin() + kMostLines);
    return fmt::format("{} and {} more", join(first, "; "), lines.size() - kMostLines);
}

}  // namespace crib::check::detail
