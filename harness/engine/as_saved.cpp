#include "harness/engine/as_saved.h"

#include "harness/base/wait.h"
#include "harness/check/api_objects.h"
#include "harness/check/restarts.h"

#include <algorithm>

namespace crib::engine {
namespace {

using namespace std::chrono_literals;

constexpr auto kNodes = "/api/v1/nodes";
constexpr auto kPods = "/api/v1/pods";
constexpr auto kBetweenLooks = 300ms;
constexpr auto kBetweenLooksAtPods = 1s;

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

void await_settled(check::ClusterView& cluster, ClusterState& state, const Context& context) {
    std::vector<check::Pod> pods;
    const auto probe = [&]() -> Observation {
        const auto answer = cluster.get(kPods, context);
        if (!answer.ok()) return Observation::not_yet(answer.describe());
        pods = check::parse_pods(answer.text);
        const bool all = std::all_of(pods.begin(), pods.end(), [](const check::Pod& pod) {
            return pod.is_running() || pod.phase == "Succeeded";
        });
        return all ? Observation::ready("") : Observation::not_yet("not all pods run");
    };
    if (wait_for(context, kBetweenLooksAtPods, probe).end != WaitResult::End::ready) return;
    state.restarts = check::RestartBaseline::of(pods, {}).counts;
}

void await_as_saved(check::ClusterView& cluster, const ClusterState& state, const Context& context) {
    if (!has_ready_nodes(state)) return;
    const auto probe = [&]() -> Observation {
        const auto answer = cluster.get(kNodes, context);
        if (!answer.ok()) return Observation::not_yet("the API server: " + answer.describe());
        const auto seen = check::parse_nodes(answer.text);
        for (const auto& saved : state.nodes) {
            if (!saved.ready) continue;
            const auto& name = saved.node.name();
            const auto node = std::find_if(seen.begin(), seen.end(), [&](const auto& n) { return n.name == name; });
            if (node == seen.end()) return Observation::not_yet(name + " is no node of the cluster");
            if (!node->is_ready()) return Observation::not_yet(name + " is not Ready: " + node->ready_message);
        }
        return Observation::ready("all nodes are Ready");
    };
    require_within(context, "waiting for the restored nodes to be Ready again", kBetweenLooks, probe);
}

}  // namespace crib::engine
