// crib run: reads the scenario, wires the parts together, runs the cell, writes the reports.

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/cli/cell_loader.h"
#include "harness/cli/commands.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/signals.h"
#include "harness/engine/cell_runner.h"
#include "harness/engine/real_checkpoints.h"
#include "harness/engine/real_network.h"
#include "harness/engine/real_nodes.h"
#include "harness/engine/real_supplier.h"
#include "harness/events/record.h"
#include "harness/provision/recipe.h"
#include "harness/report/json_lines.h"
#include "harness/report/junit.h"
#include "harness/report/terminal.h"
#include "harness/scenario/lock.h"

#include <fmt/format.h>
#include <unistd.h>

namespace crib::cli {
namespace {

using events::Outcome;

constexpr const char* kSaveNone = "none";

void require_stage(const char* flag, const std::string& stage, const std::vector<std::string>& stages) {
    if (stage.empty() || std::find(stages.begin(), stages.end(), stage) != stages.end()) return;
    const auto near = nearest(stage, stages);
    throw Error(ErrorKind::usage, fmt::format("{} {}: there is no such stage", flag, stage),
                fmt::format("{}the stages are: {}", near ? "did you mean " + *near + "? " : "", join(stages, ", ")));
}

engine::Cell cell_of(const Services& services, const RunCommand& command) {
    auto cell = load_cell(services.folders, command.file, with_components(command.sets, command.components));
    if (command.accel == "kvm") cell.acceleration = hypervisor::Acceleration::kvm;
    if (command.accel == "tcg") cell.acceleration = hypervisor::Acceleration::tcg;
    add_swaps(cell, command.swaps);
    require_stage("--until", command.until, cell.recipe.stages);
    require_stage("--from", command.from, cell.recipe.stages);
    for (const auto& stage : command.save) {
        if (stage != kSaveNone) require_stage("--save", stage, cell.recipe.stages);
    }
    return cell;
}

engine::CheckpointUse checkpoint_use(const RunCommand& command, const provision::Recipe& recipe) {
    engine::CheckpointUse use;
    use.resume = !command.no_cache;
    use.from = command.from;
    if (!command.no_cache) use.save = {recipe.checkpoints.begin(), recipe.checkpoints.end()};
    if (!command.save.empty()) use.save = {command.save.begin(), command.save.end()};
    use.save.erase(kSaveNone);
    return use;
}

engine::KeepPolicy policy_of(Keep keep) {
    switch (keep) {
        case Keep::no:
            return engine::KeepPolicy::never;
        case Keep::failed:
            return engine::KeepPolicy::when_failed;
        case Keep::always:
            return engine::KeepPolicy::always;
    }
    return engine::KeepPolicy::never;
}

std::optional<scenario::Lock> lock_of(const RunCommand& command) {
    if (!command.locked) return std::nullopt;
    return scenario::read_lock(command.lock.empty() ? scenario::lock_file_of(command.file)
                                                    : std::filesystem::path(command.lock));
}

void say_interrupted(int count) {
    static constexpr std::string_view kFirst =
        "\ncrib: stopping; evidence is being collected (Ctrl-C again: only clean up)\n";
    static constexpr std::string_view kSecond =
        "\ncrib: only cleaning up (Ctrl-C again: leave at once; then crib gc)\n";
    const auto text = count == 1 ? kFirst : kSecond;
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

int execute(Services& services, const RunCommand& command) {
    const auto cell = cell_of(services, command);  // before anything is made
    const auto lock = lock_of(command);
    Interrupts interrupts(say_interrupted);
    auto created = services.runs.create(cell.scenario.name, services.clock);

    events::Bus bus(services.clock);
    events::Recorder recorder;
    report::JsonLines log(created.folder.events());
    report::JsonLines json_out(STDOUT_FILENO);
    const auto terminal = report::terminal_for(STDOUT_FILENO, services.clock, command.verbose);
    bus.add(recorder);
    bus.add(log);
    if (command.json) {
        bus.add(json_out);
    } else {
        bus.add(*terminal);
    }

    created.info.scenario_file = std::filesystem::absolute(command.file).string();
    created.info.hypervisor_uri = command.connect;
    services.runs.save(created.info);
    // A daemon's QEMU runs as another user and must get to the disks; what is secret beside them is closed by itself.
    if (command.connect != hypervisor::kEmbeddedUri) make_folder(created.folder.secret(), 0711);

    const auto context = services.context().with_stop(interrupts.stop());
    const auto hypervisor = services.open_hypervisor(command.connect, created.folder);
    engine::RealSupplier supplier(services.runner, services.folders, bus);
    engine::SwitchStarter network(services.runner, services.switch_program);
    engine::GuestConnector connector;
    engine::LiveClusterViewer viewer;

    engine::CellOptions options;
    options.keep = policy_of(command.keep);
    options.until = command.until;
    if (!command.capture.empty()) options.capture = std::filesystem::absolute(command.capture);
    options.hurry = interrupts.hurry();
    options.locked = lock;
    options.host = [&] { return engine::look_at_host(services.folders.state); };

    options.checkpoints = checkpoint_use(command, cell.recipe);
    checkpoint::Store store(services.runner, services.clock, services.folders.cache / "checkpoints");
    engine::StoredCheckpoints checkpoints(store, services.cache_limit(), hypervisor->describe(),
                                          services.folders.runs());
    // A daemon's QEMU runs as another user, who cannot write or read the store.
    const bool can_save = command.connect == hypervisor::kEmbeddedUri;

    engine::CellRunner runner({*hypervisor, supplier, network, connector, viewer, can_save ? &checkpoints : nullptr},
                              bus, services.runs, services.clock);
    const auto finished = runner.run(cell, options, created, context);
    write_file(created.folder.junit(), report::to_junit(recorder.record()));
    if (!log.problem().empty()) fmt::print(stderr, "crib: events.jsonl is not whole: {}\n", log.problem());
    return exit_code_of(finished);
}

}  // namespace crib::cli
