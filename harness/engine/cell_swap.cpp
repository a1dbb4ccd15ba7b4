// The chapter of a cell in which its cluster comes to rest after another build of a component took over.

#include "harness/base/error.h"
#include "harness/base/text.h"
#include "harness/base/wait.h"
#include "harness/check/restarts.h"
#include "harness/check/settled.h"
#include "harness/engine/cell_session.h"
#include "harness/engine/run_times.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::engine {
namespace {

using events::Outcome;
using namespace std::chrono_literals;

constexpr auto kTitle = "wait until the cluster has settled";
// A control plane whose containers were all ended, on a quick host: 40 s, and a back-off that the kubelet is in the
// middle of. A slow host has a multiple, and a host that has done the same before three times what it took then.
constexpr auto kSettleLimit = 3min;
constexpr int kTimesBefore = 3;
constexpr auto kMost = 30min;
// What it takes an idle host of each kind; one that takes longer is busy, and the checks get more time likewise.
constexpr std::chrono::seconds kEmulated{150};
constexpr std::chrono::seconds kAccelerated{50};
// Likewise a package of CRI-O and its restart, on the control plane, where it ends the most containers.
constexpr std::chrono::seconds kSwapEmulated{60};
constexpr std::chrono::seconds kSwapAccelerated{20};

void tell_of_reset(events::Bus& bus, const std::vector<std::string>& pods) {
    for (const auto& pod : pods) {
        bus.info(
            fmt::format("pod {} was deleted, for another to be made at once: it waited out a back-off of the "
                        "time when the API server was gone",
                        pod));
    }
}

}  // namespace

double CellSession::time_factor() const {
    return (profile_ ? profile_->timeout_scale : 1.0) * state_.slowness;
}

Duration CellSession::settle_limit() const {
    auto limit = std::chrono::duration_cast<Duration>(kSettleLimit * time_factor());
    const auto before = expected_time(measured_runs(runs_, cell_.scenario.name, state_.acceleration), cell_.scenario);
    if (before) {
        for (const auto& stage : before->stages) {
            if (stage.stage == provision::kSwapStage) limit = std::max(limit, stage.took * kTimesBefore);
        }
    }
    return std::min<Duration>(limit, kMost);
}

Outcome CellSession::settle_swapped(const std::string& node, const Context& context) {
    bus_.publish(events::StepStarted{kSettleStep, kTitle, node, {}, {}});
    const auto start = context.clock->now();
    learn_slowness(swap_watch_.longest(), {kSwapEmulated, kSwapAccelerated}, "the new runtime took", "to start");
    check::SettleGoal goal;
    goal.ready_nodes.reserve(nodes_.size());
    for (const auto& one : nodes_) goal.ready_nodes.push_back(one.name());
    goal.restarted = swap_watch_.ended_any();
    const auto service = cell_.recipe.inputs.find("RUNTIME_SERVICE");
    if (service != cell_.recipe.inputs.end()) goal.runtime_service = service->second.value;
    Duration for_leaders{};
    events::StepFinished end{kSettleStep, kTitle, node, Outcome::passed, {}, {}, {}, {}, settle_limit()};
    try {
        const check::Settings settings{time_factor(), cell_.scenario.internet};
        const auto settlement =
            check::settle(view(context), settings, goal, context.with_timeout(end.limit), [&](const auto& seen) {
                bus_.publish(events::NodeDoing{node, seen});
            });
        tell_of_reset(bus_, settlement.reset);
        for_leaders = settlement.for_leaders;
        if (settlement.settled()) {
            settled_ = check::RestartBaseline::of(settlement.pods, context.clock->now());
        } else {
            end.outcome = Outcome::failed;
            const auto late = lateness(settlement.wait);
            end.reason = settlement.wait.end == WaitResult::End::hopeless
                             ? settlement.wait.last_seen
                             : fmt::format("not within {}{}; last seen: {}", to_short_string(settlement.wait.waited),
                                           late.empty() ? "" : ", " + late, settlement.wait.last_seen);
        }
    } catch (const Error& error) {
        end.outcome = error.kind() == ErrorKind::cancelled ? Outcome::interrupted : Outcome::error;
        end.reason = error.what();
    }
    bus_.publish(events::NodeDoing{node, ""});
    end.took = context.clock->now() - start;
    if (end.outcome == Outcome::passed) {
        if (const auto near = near_limit(end.took, end.limit)) bus_.info(fmt::format("step {} {}", kSettleStep, *near));
        if (goal.restarted)
            learn_slowness(end.took - for_leaders, {kEmulated, kAccelerated}, "the cluster took", "to settle");
    } else if (end.outcome != Outcome::interrupted) {
        blame("the cluster did not settle after the swap: " + end.reason);
    }
    const auto outcome = end.outcome;
    bus_.publish(std::move(end));
    return outcome;
}

void CellSession::learn_slowness(Duration took, const Usual& usual, const std::string& who, const std::string& what) {
    const auto slowness = slowness_by(took, usual);
    if (slowness <= state_.slowness * 1.2) return;
    tell_slowness(fmt::format("{} {:.1f} times as long as expected {}", who, slowness, what));
    state_.slowness = slowness;
}

double CellSession::slowness_by(Duration took, const Usual& usual) const {
    using Seconds = std::chrono::duration<double>;
    const bool emulated = state_.acceleration == hypervisor::Acceleration::tcg;
    return std::clamp(Seconds(took) / Seconds(emulated ? usual.emulated : usual.accelerated), 1.0, 4.0);
}

void CellSession::tell_slowness(const std::string& what_took) {
    bus_.info(fmt::format("this host is busy or slow ({}): time limits are stretched likewise", what_took));
}

}  // namespace crib::engine
