#include "harness/check/settled.h"

#include "harness/base/error.h"
#include "harness/base/text.h"
#include "harness/check/detail/leaders.h"
#include "harness/check/detail/node_runtime.h"
#include "harness/check/detail/pod_trouble.h"
#include "harness/check/detail/probe.h"
#include "harness/check/detail/ranks.h"
#include "harness/check/kubernetes_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace crib::check {
namespace {

using detail::Rank;
using namespace std::chrono_literals;

// All of these for a quick host; a slow one has a multiple of them.
constexpr auto kGrace = 10s;         // how long what cannot heal must last to be believed
constexpr auto kUnitGrace = 20s;     // the same of a runtime's unit, which systemd starts again
constexpr auto kNothingMade = 45s;   // how long a runtime may make no container while the API server is silent
constexpr auto kBetweenNodes = 10s;  // looks at the nodes meanwhile
constexpr auto kRestarts = 3;        // a container that ended so often by itself goes on doing so
// From so many restarts on the kubelet's back-off, 10 s and twice as long each time, is worth a new pod.
constexpr auto kLongBackOff = 3;

constexpr auto kOften = 300ms;
constexpr auto kSeldom = 2s;
constexpr auto kStays = 5s;  // not stretched: it is about what follows at once

class Look {
public:
    Look(ClusterView& view, const Settings& settings, const SettleGoal& goal, const Context& context)
        : view_(view),
          settings_(settings),
          goal_(goal),
          context_(context),
          probe_(view, settings, context),
          patience_(probe_.scaled(kGrace)) {}

    // Until there may be something else to see. Soon while the server is silent, for nobody tells when it is not; a
    // server that answers tells, and has better things to do than to list its pods all the time.
    void wait() {
        if (goal_.restarted) {
            context_.sleep(kSeldom);
        } else if (silent_since_ || !goal_.pods) {
            context_.sleep(kOften);
        } else {
            probe_.wait_for_change();
        }
    }

    Observation look() {
        const auto seen = at_cluster();
        if (seen.state != Observation::State::ready || !goal_.restarted) {
            well_since_.reset();
            return seen;
        }
        if (!well_since_) well_since_ = probe_.now();
        if (probe_.now() - *well_since_ >= kStays) return seen;
        return Observation::not_yet("all is well; does it stay so?");
    }

    [[nodiscard]] std::vector<Pod> take_pods() { return std::move(pods_); }
    [[nodiscard]] std::vector<std::string> take_reset() { return std::move(reset_); }
    [[nodiscard]] Duration for_leaders() const { return for_leaders_; }

private:
    Observation at_cluster() {
        const auto now = probe_.now();
        if (const auto since = std::exchange(leaderless_since_, std::nullopt)) for_leaders_ += now - *since;
        const auto nodes = probe_.nodes();
        if (!nodes) return while_silent();
        silent_since_.reset();
        if (auto waits = at_nodes(*nodes)) return *std::move(waits);
        if (!goal_.pods) return Observation::ready("the nodes are Ready");
        auto pods = probe_.pods({});
        if (!pods) return probe_.trouble();
        pods_ = *std::move(pods);
        if (auto waits = at_pods()) return *std::move(waits);
        if (goal_.restarted) {
            if (auto waits = at_runtimes()) return *std::move(waits);
        }
        if (auto waits = at_leaders()) {
            leaderless_since_ = now;
            return *std::move(waits);
        }
        return Observation::ready(fmt::format("the nodes are Ready and all {} pods run", pods_.size()));
    }

    [[nodiscard]] std::optional<Observation> at_nodes(const std::vector<Node>& nodes) const {
        for (const auto& name : goal_.ready_nodes) {
            const auto node = std::find_if(nodes.begin(), nodes.end(), [&](const Node& n) { return n.name == name; });
            if (node == nodes.end()) return Observation::not_yet(name + " is no node of the cluster");
            if (!node->is_ready()) return Observation::not_yet(name + " is not Ready: " + node->ready_message);
        }
        return std::nullopt;
    }

    // Those of the lowest rank that has some: what needs them is not looked at before.
    std::optional<Observation> at_pods() {
        const detail::PodRules rules{settings_.registry, kRestarts, &pods_, probe_.scaled(30s)};
        for (const auto rank :
             {Rank::store, Rank::api_server, Rank::control_plane, Rank::proxy, Rank::agent, Rank::rest}) {
            std::vector<detail::PodTrouble> troubles;
            for (const auto& pod : pods_) {
                if (detail::rank_of(pod) != rank) continue;
                auto trouble = detail::trouble_of(pod, rules);
                if (!trouble) continue;
                if (!trouble->terminal && trouble->crashes && goal_.restarted) reset_back_off(pod);
                troubles.push_back(*std::move(trouble));
            }
            if (!troubles.empty()) return patience_.judge(troubles, probe_.now());
        }
        return at_owed();
    }

    // A controller that is busy makes another pod some time after one was deleted: until then the list has one too few,
    // all of them well.
    [[nodiscard]] std::optional<Observation> at_owed() const {
        for (const auto& [owner, owed] : owed_) {
            if (count_of(owner) >= owed.pods) continue;
            return Observation::not_yet(
                fmt::format("nobody has made another pod in place of {} yet, which was deleted", owed.deleted));
        }
        return std::nullopt;
    }

    using Owner = std::array<std::string, 3>;  // namespace, kind, name
    [[nodiscard]] static Owner owner_of(const Pod& pod) { return {pod.name_space, pod.owner, pod.owner_name}; }
    [[nodiscard]] std::size_t count_of(const Owner& owner) const {
        const auto is_it = [&](const Pod& pod) { return pod.owned && !pod.deleting && owner_of(pod) == owner; };
        return static_cast<std::size_t>(std::count_if(pods_.begin(), pods_.end(), is_it));
    }

    // Without them nothing that is made from now on would come to be.
    std::optional<Observation> at_leaders() {
        for (const auto* component : detail::kElecting) {
            if (!detail::has_component(pods_, component)) continue;
            const auto answer = probe_.get_if_there(detail::lease_path(component));
            if (!answer) return probe_.trouble();
            if (answer->empty()) {
                if (!detail::is_told_to_elect(pods_, component)) continue;
                return Observation::not_yet(fmt::format("no {} leads yet: nobody has made its lease", component));
            }
            if (auto why = detail::without_leader(component, parse_lease(*answer), pods_, leases_[component])) {
                return Observation::not_yet(*std::move(why));
            }
        }
        return std::nullopt;
    }

    // All that the pod needs is there by now. Once for each: what comes in its place has no excuse.
    void reset_back_off(const Pod& pod) {
        const bool waits_long =
            std::any_of(pod.containers.begin(), pod.containers.end(), [](const Container& container) {
                return container.waiting_reason == "CrashLoopBackOff" && container.restarts >= kLongBackOff;
            });
        if (!waits_long || !pod.owned || pod.owner == "Node" || pod.deleting) return;
        if (!tried_.insert(pod.uid).second) return;
        const auto pods = count_of(owner_of(pod));
        auto& owed = owed_[owner_of(pod)];
        owed = {std::max(owed.pods, pods), pod.full_name()};
        probe_.remove(
            fmt::format("/api/v1/namespaces/{}/pods/{}", percent_encode(pod.name_space), percent_encode(pod.name)));
        reset_.push_back(pod.full_name());
    }

    // What the API server calls running, does it run?
    std::optional<Observation> at_runtimes() {
        for (const auto& name : view_.nodes()) {
            const auto running = ids_on(name);
            if (!running) return Observation::not_yet(fmt::format("{}'s containers cannot be listed yet", name));
            for (const auto& pod : pods_) {
                if (pod.node != name) continue;
                for (const auto& container : pod.containers) {
                    if (!container.running || running->contains(container.id)) continue;
                    return Observation::not_yet(fmt::format(
                        "the API server still speaks of a container of pod {} that ended", pod.full_name()));
                }
            }
        }
        return std::nullopt;
    }

    std::optional<std::set<std::string>> ids_on(const std::string& node) {
        const auto asked = probe_.ask(node, detail::running_script());
        if (!asked.answer) return std::nullopt;
        const auto lines = split_lines(*asked.answer);
        return std::set<std::string>(lines.begin(), lines.end());
    }

    // Nobody but the nodes can say what goes on.
    Observation while_silent() {
        const auto trouble = probe_.trouble();
        const auto now = probe_.now();
        if (!silent_since_) {
            silent_since_ = now;
            looked_ = now;
            made_at_ = now;
        }
        if (!goal_.restarted || goal_.runtime_service.empty()) return trouble;
        if (now - looked_ < probe_.scaled(kBetweenNodes)) return trouble;
        looked_ = now;
        std::set<std::string> made;
        std::string last_error;
        std::map<std::string, TimePoint> units;
        for (const auto& node : view_.nodes()) {
            const auto asked = probe_.ask(node, detail::runtime_script(goal_.runtime_service));
            if (!asked.answer) continue;
            const auto report = detail::parse_runtime_report(*asked.answer);
            made.insert(report.containers.begin(), report.containers.end());
            const bool here = node == view_.control_plane();
            if (here || last_error.empty()) last_error = report.last_error;
            if (report.unit == "active" || report.unit.empty()) continue;
            const auto since = units_down_.contains(node) ? units_down_.at(node) : now;
            units[node] = since;
            if (now - since < probe_.scaled(kUnitGrace)) continue;
            return Observation::hopeless(
                fmt::format("{} on {} is {}{}", goal_.runtime_service, node, report.unit, of_error(report.last_error)));
        }
        units_down_ = std::move(units);
        if (made != made_) made_at_ = now;
        made_ = std::move(made);
        if (now - made_at_ < probe_.scaled(kNothingMade)) return trouble;
        return Observation::hopeless(fmt::format("{}, and no container was made for {}{}", trouble.seen,
                                                 to_short_string(now - made_at_), of_error(last_error)));
    }

    [[nodiscard]] static std::string of_error(const std::string& said) {
        return said.empty() ? "" : "; the last error there: " + said;
    }

    ClusterView& view_;
    const Settings& settings_;
    const SettleGoal& goal_;
    const Context& context_;
    detail::Probe probe_;
    detail::Patience patience_;
    std::vector<Pod> pods_;
    std::vector<std::string> reset_;
    std::set<std::string> tried_;  // uids
    struct Owed {
        std::size_t pods = 0;
        std::string deleted;  // the last one
    };
    std::map<Owner, Owed> owed_;                       // what is to be there again of whose pods were deleted
    std::map<std::string, detail::LeaseSeen> leases_;  // by component
    std::optional<TimePoint> well_since_;
    std::optional<TimePoint> silent_since_;
    std::optional<TimePoint> leaderless_since_;  // the last look, when it found only that
    Duration for_leaders_{};
    TimePoint looked_{};   // at the nodes, while the API server is silent
    TimePoint made_at_{};  // the last time that there were other containers than before
    std::set<std::string> made_;
    std::map<std::string, TimePoint> units_down_;
};

}  // namespace

Settlement settle(ClusterView& view, const Settings& settings, const SettleGoal& goal, const Context& context,
                  const OnSeen& on_seen) {
    Look look(view, settings, goal, context);
    std::string told;
    bool first = true;
    Settlement settlement;
    settlement.wait = wait_for(context, Duration::zero(), [&]() -> Observation {
        if (!std::exchange(first, false) && !context.done()) look.wait();
        Observation seen;
        try {
            seen = look.look();
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::internal) throw;
            seen = Observation::not_yet(error.what());  // an answer that is not what the API promises
        }
        if (on_seen && !seen.seen.empty() && seen.seen != told) on_seen(told = seen.seen);
        return seen;
    });
    if (settlement.wait.end == WaitResult::End::cancelled) {
        throw Error(ErrorKind::cancelled, "waiting for the cluster to settle: cancelled");
    }
    settlement.pods = look.take_pods();
    settlement.reset = look.take_reset();
    settlement.for_leaders = look.for_leaders();
    return settlement;
}

}  // namespace crib::check
