// crib run: reads the scenario, wires the parts together, runs the cell, writes the reports.

#include "harness/base/checkout_source.h"
#include "harness/base/cleanup.h"
#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/output_file.h"
#include "harness/base/system_error.h"
#include "harness/base/text.h"
#include "harness/cli/cell_inputs.h"
#include "harness/cli/cell_loader.h"
#include "harness/cli/commands.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/run_wiring.h"
#include "harness/cli/signals.h"
#include "harness/engine/capsule_scenario.h"
#include "harness/engine/cell_runner.h"
#include "harness/fetch/mirrors.h"
#include "harness/hypervisor/libvirt/limits.h"
#include "harness/network/pcap.h"
#include "harness/provision/recipe.h"
#include "harness/scenario/lock.h"
#include "harness/scenario/set_paths.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace crib::cli {
namespace {

using events::Outcome;

void require_stage(const char* flag, const std::string& stage, const std::vector<std::string>& stages) {
    if (stage.empty() || std::find(stages.begin(), stages.end(), stage) != stages.end()) return;
    const auto near = nearest(stage, stages);
    throw Error(ErrorKind::usage, fmt::format("{} {}: there is no such stage", flag, stage),
                fmt::format("{}the stages are: {}", near ? "did you mean " + *near + "? " : "", join(stages, ", ")));
}

// Of stages of the recipe: what comes after the end is never reached, nor what lies before the beginning.
void require_order(const RunCommand& command, const std::vector<std::string>& stages) {
    const auto place = [&](const std::string& stage) { return std::find(stages.begin(), stages.end(), stage); };
    const auto require = [&](const std::string& earlier, const std::string& later, const std::string& flags,
                             const std::string& why) {
        if (earlier.empty() || later.empty() || place(earlier) <= place(later)) return;
        throw Error(ErrorKind::usage, fmt::format("{}: {}", flags, why), "the stages are: " + join(stages, ", "));
    };
    const auto& [from, until] = std::tie(command.from, command.until);
    if (!command.swaps.empty()) {
        require(provision::kSwapStage, until, fmt::format("--swap {} --until {}", command.swaps.front(), until),
                fmt::format("a run that ends after {} does not come to {}", until, provision::kSwapStage));
    }
    require(from, until, fmt::format("--from {} --until {}", from, until),
            fmt::format("a run that goes on from {} is past {}", from, until));
    for (const auto& stage : command.save) {
        if (stage == kSaveNone) {
            if (std::count(command.save.begin(), command.save.end(), stage) == std::ssize(command.save)) continue;
            throw Error(ErrorKind::usage, "--save none: --save of a stage is given, too", "leave one of them out");
        }
        require(stage, until, fmt::format("--save {} --until {}", stage, until),
                fmt::format("a run that ends after {} does not come to {}", until, stage));
        require(from, stage, fmt::format("--from {} --save {}", from, stage),
                fmt::format("a run that goes on from {} is past {}", from, stage));
    }
}

// A cell of a matrix reads the scenario again, later: results of another one do not belong into that matrix.
void require_made_of(Services& services, const Knowledge& knowledge, const RunCommand& command,
                     const scenario::Scenario& scenario) {
    if (command.made_of.empty()) return;
    if (CellInputs(services.folders, knowledge).set_up(scenario, services.context()).digest == command.made_of) return;
    throw Error(ErrorKind::usage,
                fmt::format("{}: the cell is not any more what it was when the matrix began", command.file),
                "a file of its scenario, a checkout, or a recipe, profile, component or image of crib's has changed: "
                "crib matrix --resume runs it as it is now");
}

engine::Cell cell_of(Services& services, const RunCommand& command) {
    const auto knowledge = read_knowledge(services);
    auto cell = with_notes_as_given(
        load_cell(services.folders, knowledge, command.file, with_components(command.sets, command.components)),
        command.components);
    require_made_of(services, knowledge, command, cell.scenario);
    if (command.accel == "kvm") cell.acceleration = hypervisor::Acceleration::kvm;
    if (command.accel == "tcg") cell.acceleration = hypervisor::Acceleration::tcg;
    add_swaps(cell, services.folders, command.swaps);
    require_stage("--until", command.until, cell.recipe.stages);
    require_stage("--from", command.from, cell.recipe.stages);
    for (const auto& stage : command.save) {
        if (stage != kSaveNone) require_stage("--save", stage, cell.recipe.stages);
    }
    require_order(command, cell.recipe.stages);
    return cell;
}

// What is wrong with the file is told by who reads it.
engine::ScenarioDigests digests_of(const std::string& file) {
    try {
        return engine::digests_of_scenario(file);
    } catch (const Error&) {
        return {};
    }
}

engine::CheckpointUse checkpoint_use(const RunCommand& command, const provision::Recipe& recipe) {
    engine::CheckpointUse use;
    use.resume = !command.no_cache;
    use.from = command.from;
    if (!command.no_cache) use.save = {recipe.checkpoints.begin(), recipe.checkpoints.end()};
    if (!command.save.empty()) use.save = {command.save.begin(), command.save.end()};
    use.asked = !command.save.empty();
    use.save.erase(kSaveNone);
    return use;
}

// The same from any folder: a checkout's path may be as seen from where crib was started.
std::vector<std::string> lasting_swaps(const scenario::Scenario& scenario) {
    std::vector<std::string> swaps;
    for (const auto& [name, source] : scenario.swaps) {
        const auto folder = CheckoutSource::parse(source)->folder();
        swaps.push_back(fmt::format("{}={}", name, CheckoutSource(folder).text()));
    }
    return swaps;
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

LockCommand making_of_lock(const RunCommand& command) {
    LockCommand making;
    making.file = command.file;
    making.sets = command.sets;
    making.components = command.components;
    making.output = command.lock;
    return making;
}

std::optional<scenario::Lock> lock_of(const RunCommand& command, const NextCommand& next_command) {
    if (!command.locked) return std::nullopt;
    return scenario::read_lock(
        command.lock.empty() ? scenario::lock_file_of(command.file) : std::filesystem::path(command.lock),
        as_typed(making_of_lock(command), next_command));
}

constexpr std::string_view kStopping = "stopping; evidence is being collected (Ctrl-C again: only clean up)";
constexpr std::string_view kLeaving = "only cleaning up (Ctrl-C again: leave at once; then crib gc)";

std::filesystem::path capture_of(const RunCommand& command) {
    if (command.capture.empty()) return {};
    const OutputFile file(absolute_path(command.capture));
    file.require_overwritable({"pcap file", network::kPcapMagicSize, network::begins_a_pcap_file});
    return file.path();
}

}  // namespace

int execute(Services& services, const RunCommand& command) {
    auto digests = digests_of(command.file);       // before it is read: no later change goes unseen
    const auto cell = cell_of(services, command);  // before anything is made
    const auto lock = lock_of(command, services.folders.next_command);
    const auto capture = capture_of(command);
    const auto scenario_file = absolute_path(command.file);
    (void)fetch::Mirrors::load(services.folders.mirrors);  // before anything is fetched from elsewhere
    Interrupts interrupts(tell_interrupts(kStopping, kLeaving));
    hypervisor::require_limits_for_libvirt();
    auto created = services.runs.create(cell.scenario.name, services.clock);
    CleanupStack undo;
    undo.add("remove the run that was not to be", [&] { (void)services.runs.remove(created.info.id); });

    created.info.scenario_file = scenario_file.string();
    created.info.scenario_digests = std::move(digests);
    created.info.sets = scenario::with_found_paths(with_components(command.sets, command.components), cell.scenario);
    created.info.swaps = lasting_swaps(cell.scenario);
    created.info.until = command.until;
    created.info.hypervisor_uri = command.connect;
    services.runs.save(created.info);
    // A daemon's QEMU runs as another user and must get to the disks; what is secret beside them is closed by itself.
    if (command.connect != hypervisor::kEmbeddedUri) make_folder(created.folder.secret(), 0711);

    const auto context = services.context().with_stop(interrupts.stop());
    RunWiring wiring(services, command.connect, created.folder, {command.json, command.verbose}, context);
    undo.dismiss();  // from now on the run's record tells what happens

    engine::CellOptions options;
    options.keep = policy_of(command.keep);
    options.until = command.until;
    options.capture = capture;
    options.hurry = interrupts.hurry();
    options.locked = lock;
    options.making_of_lock = as_typed(making_of_lock(command), services.folders.next_command);
    options.host = [&] { return engine::look_at_host(services.folders.state); };
    options.checkpoints = checkpoint_use(command, cell.recipe);
    options.checkpoints.at_failure = saves_at_failure(command, services.in_ci());

    engine::CellRunner runner(wiring.parts(), wiring.bus(), services.runs, services.clock);
    const auto finished = runner.run(cell, options, created, context);
    wiring.finish();
    return exit_code_of(finished);
}

}  // namespace crib::cli
