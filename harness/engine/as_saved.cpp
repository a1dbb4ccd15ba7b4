#include "harness/engine/as_saved.h"

#include "harness/base/cleanup.h"
#include "harness/base/error.h"
#include "harness/base/text.h"
#include "harness/check/api_objects.h"
#include "harness/check/restarts.h"
#include "harness/check/settled.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace crib::engine {
namespace {

using namespace std::chrono_literals;

constexpr auto kNodes = "/api/v1/nodes";
constexpr auto kPods = "/api/v1/pods";
// Pods that ran when they were saved run as soon as they are there again, or, beside other clusters on few cores, when
// their probes have caught up. Those that do not in this time have a reason.
constexpr auto kPodsAgain = 2min;

check::Settings settings_of(const ClusterState& state) {
    return {state.slowness, state.internet};
}

// What is waited for, as what the control plane's node is doing, until the wait is over.
class Telling {
public:
    Telling(events::Bus& bus, std::string who) : bus_(bus), who_(std::move(who)) {
        cleanup_.add("say that nothing is waited for any more", [this] { (*this)(""); });
    }
    void operator()(const std::string& seen) const { bus_.publish(events::NodeDoing{who_, seen}); }

private:
    events::Bus& bus_;
    std::string who_;
    CleanupStack cleanup_;
};

bool runs(const check::Pod& pod) {
    return pod.is_running() || pod.phase == "Succeeded";
}

}  // namespace

void note_readiness(check::ClusterView& cluster, ClusterState& state, const Context& context) {
    const auto answer = cluster.get(kNodes, context);
    if (!answer.ok()) return;
    for (const auto& seen : check::parse_nodes(answer.text)) {
        for (auto& node : state.nodes) {
            if (node.node.name() == seen.name) node.ready = seen.is_ready();
        }
    }
}

void forget_readiness(ClusterState& state) {
    for (auto& node : state.nodes) node.ready = false;
}

bool has_ready_nodes(const ClusterState& state) {
    return std::any_of(state.nodes.begin(), state.nodes.end(), [](const StateNode& node) { return node.ready; });
}

void note_restarts(check::ClusterView& cluster, ClusterState& state, const Context& context) {
    const auto answer = cluster.get(kPods, context);
    if (!answer.ok()) return;
    state.restarts.clear();
    const auto pods = check::parse_pods(answer.text);
    if (std::all_of(pods.begin(), pods.end(), runs)) state.restarts = check::RestartBaseline::of(pods, {}).counts;
}

std::string await_settled(check::ClusterView& cluster, ClusterState& state, events::Bus& bus, const Context& context) {
    const Telling telling(bus, cluster.control_plane());
    const auto settlement = check::settle(cluster, settings_of(state), {}, context, std::cref(telling));
    if (!settlement.settled()) return settlement.wait.last_seen;
    state.restarts = check::RestartBaseline::of(settlement.pods, {}).counts;
    return {};
}

std::string await_as_saved(check::ClusterView& cluster, const ClusterState& state, events::Bus& bus,
                           const Context& context) {
    check::SettleGoal goal;
    for (const auto& saved : state.nodes) {
        if (saved.ready) goal.ready_nodes.push_back(saved.node.name());
    }
    if (goal.ready_nodes.empty()) return {};
    const Telling telling(bus, cluster.control_plane());
    const auto settings = settings_of(state);
    std::string pods_are;
    if (!state.restarts.empty()) {
        const auto limit = std::chrono::duration_cast<Duration>(kPodsAgain * state.slowness);
        const auto all = check::settle(cluster, settings, goal, context.with_timeout(limit), std::cref(telling));
        if (all.settled()) return {};
        pods_are = all.wait.last_seen;
    }
    goal.pods = false;
    const auto nodes = check::settle(cluster, settings, goal, context, std::cref(telling));
    if (nodes.settled()) return pods_are;
    const auto late = lateness(nodes.wait);
    throw Error(ErrorKind::timeout,
                fmt::format("waiting for the restored nodes to be Ready again: not within {}{}; last "
                            "seen: {}",
                            to_short_string(nodes.wait.waited), late.empty() ? "" : ", " + late, nodes.wait.last_seen));
}

}  // namespace crib::engine
