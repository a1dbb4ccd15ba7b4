#include "harness/engine/planned_stages.h"

#include "harness/base/sha256.h"
#include "harness/engine/stage_keys.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::engine {
namespace {

// The host, its hypervisor and a profile's kernel arguments are the same for all cells of a matrix.
ClusterState planned_state(const RunPlan& plan) {
    ClusterState state;
    state.acceleration = plan.acceleration.kind;
    state.internet = plan.scenario.internet;
    for (const auto& node : plan.nodes) {
        StateNode one;
        one.node = node;
        state.nodes.push_back(std::move(one));
    }
    return state;
}

// All of them, also those that only a repository brings: no stage worth a checkpoint ends before packages are
// installed.
std::string contents(const Stock& stock) {
    std::string text;
    for (const auto& one : stock.components) text += fmt::format("{} {} {}\n", one.name, one.version, one.source);
    return text;
}

// Where the run must fail; empty: in no step.
std::string failing_stage(const Cell& cell, const provision::Plan& plan) {
    if (!cell.scenario.expect) return {};
    const auto step =
        std::ranges::find(plan.steps, cell.scenario.expect->fails_at, [](const auto& one) { return one.id; });
    return step == plan.steps.end() ? std::string{} : step->stage;
}

}  // namespace

PlannedSetUp planned_set_up(const Cell& cell, const Stock& stock) {
    using hypervisor::Acceleration;
    const auto& worth = cell.recipe.checkpoints;
    PlannedSetUp planned;
    KeyBuilder key;
    for (const auto kind : {Acceleration::kvm, Acceleration::tcg}) {
        const auto plan = plan_run(cell, stock, {kind, {}}, {});
        const auto chain = stage_keys(plan.set_up, planned_state(plan), {{}, {}, contents(stock)});
        key.add(hypervisor::to_string(kind), checkpoint::key_of(chain));
        const auto end = failing_stage(cell, plan.set_up);
        auto& stages = planned.stages[kind];
        for (const auto& stage : chain) {
            if (stage.stage == end) break;
            stages.push_back({stage.stage, stage.key, std::ranges::find(worth, stage.stage) != worth.end()});
        }
    }
    planned.key = key.key();
    return planned;
}

}  // namespace crib::engine
