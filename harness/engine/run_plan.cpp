#include "harness/engine/run_plan.h"

#include "harness/engine/cell_lock.h"

namespace crib::engine {

RunPlan plan_run(const Cell& cell, const Stock& stock, const Supplier::Acceleration& acceleration,
                 const std::vector<MeasuredRun>& earlier) {
    RunPlan plan;
    plan.scenario = cell.scenario;
    plan.nodes = assign_addresses(cell.scenario, "plan");
    plan.components = stock.components;
    plan.images = stock.images;
    plan.acceleration = acceleration;
    auto facts = run_facts(cell, stock.supply, plan.nodes);
    if (acceleration.kind == hypervisor::Acceleration::tcg) {
        facts.profile = cell.emulated_profile;
        plan.profile = cell.emulated_profile.name;
    }
    plan.package_source = facts.source;
    plan.warnings = cell.warnings;
    plan.set_up = provision::plan_steps(cell.recipe, facts);
    plan.need = need_of(cell.scenario, acceleration.kind);
    plan.time = expected_time(earlier, cell.scenario);
    return plan;
}

}  // namespace crib::engine
