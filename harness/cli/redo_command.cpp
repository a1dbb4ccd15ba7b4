// crib redo: a kept cluster goes back to before a step, and on from there by its scenario as it is now.

#include "harness/base/error.h"
#include "harness/cli/cell_loader.h"
#include "harness/cli/commands.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/run_wiring.h"
#include "harness/cli/signals.h"
#include "harness/cli/workshop.h"
#include "harness/component/table.h"
#include "harness/engine/capsule_scenario.h"
#include "harness/engine/cell_lock.h"
#include "harness/engine/cell_runner.h"
#include "harness/engine/kept_cluster.h"
#include "harness/engine/real_stock.h"
#include "harness/engine/redo.h"
#include "harness/fetch/mirrors.h"

#include <fmt/format.h>

namespace crib::cli {
namespace {

// The scenario of the run as it is now, with what the run was told to change in it.
engine::Cell cell_of(Services& services, const engine::RunInfo& run) {
    const auto cure =
        services.folders.next_command("run --keep", {"FILE"}) + " makes a cluster whose steps can be run again";
    if (run.driver() != hypervisor::kEmbeddedUri) {
        throw Error(ErrorKind::usage, fmt::format("run {} has no checkpoints: it runs on {}", run.id, run.driver()),
                    cure);
    }
    if (run.scenario_file.empty()) {
        throw Error(ErrorKind::usage, fmt::format("of run {} it is not known from which file it was made", run.id),
                    cure);
    }
    if (!std::filesystem::exists(run.scenario_file)) {
        throw Error(ErrorKind::usage,
                    fmt::format("{}, of which run {} was made, is not there any more", run.scenario_file, run.id),
                    cure);
    }
    const auto record = fmt::format("run {} was made with this, by its record {}", run.id,
                                    services.runs.folder(run.id).info().string());
    auto cell = naming_record(record, "put back what it needs; or: " + cure, [&] {
        auto made = load_cell(services, run.scenario_file, run.sets);
        add_swaps(made, services.folders, run.swaps);
        return made;
    });
    if (run.acceleration == "kvm") cell.acceleration = hypervisor::Acceleration::kvm;
    if (run.acceleration == "tcg") cell.acceleration = hypervisor::Acceleration::tcg;
    return cell;
}

// Before anything is built. On a host whose CPUs nobody knows yet, a step that only emulation adds counts as one.
void require_step(const Folders& folders, const engine::Cell& cell, const std::string& step) {
    const component::Table table(folders.fixtures() / "components");
    const auto stock = engine::needed_stock(table, folders, cell.scenario);
    auto facts = engine::run_facts(cell, stock.supply, engine::assign_addresses(cell.scenario, "redo"));
    if (cell.acceleration != hypervisor::Acceleration::kvm) facts.profile = cell.emulated_profile;
    (void)engine::stage_of_step(provision::plan_steps(cell.recipe, facts), step);
}

constexpr std::string_view kStopping =
    "stopping; evidence is being collected, and the cluster stays (Ctrl-C again: no evidence)";
constexpr std::string_view kLeaving = "leaving (Ctrl-C again: at once)";

}  // namespace

int execute(Services& services, const RedoCommand& command) {
    auto owned = own(services, command.run);
    auto digests = owned.run.scenario_file.empty() ? engine::ScenarioDigests()
                                                   : engine::digests_of_scenario(owned.run.scenario_file);
    const auto cell = cell_of(services, owned.run);
    require_step(services.folders, cell, command.from);
    engine::require_state(owned.run, services.runs.folder(owned.run.id));  // before anything is fetched or built
    (void)fetch::Mirrors::load(services.folders.mirrors);                  // before anything is fetched from elsewhere
    Interrupts interrupts(tell_interrupts(kStopping, kLeaving));
    engine::RunStore::Created kept{owned.run, services.runs.folder(owned.run.id), std::move(owned.owner)};
    kept.info.scenario_digests = std::move(digests);  // from here on the run is what the scenario says now
    // One that ends before it has touched the cluster leaves the record of the cluster as it is.
    const auto context = services.context().with_stop(interrupts.stop());
    RunWiring wiring(services, kept.info.driver(), kept.folder, {command.json, command.verbose}, context,
                     RunWiring::Record::later);

    engine::CellOptions options;
    options.keep = engine::KeepPolicy::always;
    options.until = kept.info.until;
    options.hurry = interrupts.hurry();
    options.host = [&] { return engine::look_at_host(services.folders.state); };
    options.redo = command.from;
    options.before_taking_over = [&] { wiring.record(); };

    engine::CellRunner runner(wiring.parts(), wiring.bus(), services.runs, services.clock);
    const auto finished = runner.run(cell, options, kept, context);
    wiring.finish();
    return exit_code_of(finished);
}

}  // namespace crib::cli
