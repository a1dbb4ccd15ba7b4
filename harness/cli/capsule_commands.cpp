// Repro capsules: export packs a run into one file, open unpacks it on another machine.

#include "harness/base/cleanup.h"
#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/input_file.h"
#include "harness/base/output_file.h"
#include "harness/base/size.h"
#include "harness/base/system_error.h"
#include "harness/base/text.h"
#include "harness/capsule/pack.h"
#include "harness/capsule/unpack.h"
#include "harness/cli/commands.h"
#include "harness/cli/signals.h"
#include "harness/cli/what_it_left.h"
#include "harness/cli/workshop.h"
#include "harness/engine/capsule_record.h"
#include "harness/engine/capsule_state.h"
#include "harness/hypervisor/libvirt/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace crib::cli {
namespace {

namespace fs = std::filesystem;
using engine::RunInfo;
using engine::RunState;

// Gigabytes through one thread's zstd.
constexpr std::chrono::minutes kLimit{30};

capsule::Manifest describe(const RunInfo& run, const Context& context) {
    capsule::Manifest manifest;
    manifest.crib = CRIB_VERSION;
    manifest.created = to_iso8601(context.clock->wall_now());
    manifest.run = run.id;
    manifest.scenario = run.scenario;
    manifest.outcome = run.outcome;
    return manifest;
}

void require_no_crib_at_work(const RunInfo& run) {
    if (run.state != RunState::running) return;
    throw Error(ErrorKind::usage, fmt::format("run {} belongs to a crib that is still at work", run.id),
                "wait for it, or interrupt it (Ctrl-C)");
}

void require_state(const Services& services, const RunInfo& run) {
    if (run.state == RunState::kept) return;
    throw Error(
        ErrorKind::usage, fmt::format("the cluster of run {} has ended, so there is no state of it to pack", run.id),
        "without --with-state its record is packed; " + services.folders.next_command("run --keep=failed", {"FILE"}) +
            " leaves a cluster that failed running, and that one can be exported with its state");
}

// Each later capsule of a run would have the earlier ones in it, and crib ls and crib gc know no such file.
void require_outside(const fs::path& runs, const std::string& file) {
    std::error_code problem;
    const auto folder = fs::weakly_canonical(absolute_path(runs), problem);
    if (problem || !is_below(fs::weakly_canonical(absolute_path(file), problem), folder)) return;
    throw Error(ErrorKind::usage, fmt::format("cannot write {}: it is among crib's runs, in {}", file, runs.string()),
                "name a file in another folder");
}

constexpr std::size_t kMostShown = 20;  // of a kind

void say_left_out(Output& output, const std::vector<engine::LeftOut>& left_out) {
    for (std::size_t i = 0; i < std::min(left_out.size(), kMostShown); ++i) {
        output.print("    left out {}: it {}\n", left_out[i].path, left_out[i].why);
    }
    if (left_out.size() > kMostShown) output.print("    left out {} more\n", left_out.size() - kMostShown);
}

// Who opens it reproduces something else.
void say_changed(Output& output, const std::vector<std::string>& changed) {
    for (std::size_t i = 0; i < std::min(changed.size(), kMostShown); ++i) {
        output.print("    {} has changed since the run began: it is packed as it became, not as it was run\n",
                     changed[i]);
    }
    if (changed.size() > kMostShown) output.print("    and so have {} more\n", changed.size() - kMostShown);
}

void say_packed(Output& output, const std::string& file, std::uint64_t bytes, const capsule::Manifest& manifest,
                const engine::RecordSources& record) {
    output.print("{} has run {}: {} in {} files\n", file, manifest.run, to_string(ByteSize{bytes}),
                 manifest.parts.size());
    say_left_out(output, record.left_out);
    say_changed(output, record.changed);
    if (!record.knows_changes) {
        output.print("    its scenario is packed as it is now: nothing tells how it was when the run began\n");
    }
    const NextCommand there;  // without this machine's --state
    if (!manifest.with_state) {
        output.print("    without keys, disks and memory; on another machine: {}\n", there("open", {file}));
        return;
    }
    output.print(
        "    WITH SECRETS: the nodes' memory and disks, and the cluster's own keys, kubeconfig and tokens:\n"
        "    give it only to people who may have them (this host's own secrets are not in it)\n"
        "    on another machine: {}\n",
        there("open --boot", {file}));
    for (const auto& need : manifest.needs) {
        if (need.packed) continue;
        output.print("    needs there: {}, {}, sha256 {}… ({})\n", need.what, need.place, need.sha256.substr(0, 12),
                     need.cure);
    }
}

int export_with_state(Services& services, const ExportCommand& command, const Context& context) {
    const auto owned = own(services, command.run);
    const auto folder = services.runs.folder(owned.run.id);
    Workshop shop(services, owned.run.driver(), folder, context);
    const auto saved = shop.cluster().save(owned.run, "exported", context);
    services.output.print("{} is saved, the nodes stood still for {}\n", owned.run.id, to_short_string(saved.paused));
    const auto opened = shop.store().open(saved.key, context);
    if (!opened.lease) throw Error(ErrorKind::environment, "the checkpoint just saved is gone: " + opened.why);
    auto manifest = describe(owned.run, context);
    manifest.with_state = true;
    auto more =
        engine::sources_of_state(shop.store(), *opened.lease, services.folders.cache, command.with_images, context);
    auto record = engine::sources_of_record(owned.run, folder, {}, more.sources.size());
    manifest.needs = std::move(more.needs);
    manifest.hypervisor = std::move(more.hypervisor);
    record.sources.insert(record.sources.end(), more.sources.begin(), more.sources.end());
    const auto bytes = capsule::pack(manifest, record.sources, command.file, context);
    say_packed(services.output, command.file, bytes, manifest, record);
    return 0;
}

void say_opened(const Services& services, const OpenCommand& command, const capsule::Manifest& manifest,
                const RunInfo& run) {
    auto& output = services.output;
    const auto folder = services.runs.folder(run.id);
    const auto& next_command = services.folders.next_command;
    output.print("{}: run {} of scenario {}, {}, packed {} by crib {}\n", command.file, printable(manifest.run),
                 printable(manifest.scenario), run.outcome, printable(manifest.created), printable(manifest.crib));
    output.print("    its record is run {} here, in {}\n", run.id, folder.path.string());
    const auto ways = ways_to_read(services, run);
    if (!ways.empty()) output.print("    {}\n", join(ways, ", "));
    std::error_code none;
    if (fs::exists(folder.path / "scenario", none)) {
        output.print("    its scenario is in {}\n", (folder.path / "scenario").string());
    }
    say_changed(output, run.scenario_changed);
    if (command.boot) return;
    output.print("    {}\n", manifest.with_state
                                 ? "it has the cluster's state: " + next_command("open --boot", {command.file})
                                 : "it is without the cluster's state");
}

RunInfo take_in_record(Services& services, const OpenCommand& command, const capsule::Manifest& manifest,
                       const fs::path& unpacked) {
    return with_note(command.file, [&] { return engine::take_in_record(services.runs, manifest, unpacked); });
}

void require_same_hypervisor(const capsule::Manifest& manifest, const std::string& here) {
    if (manifest.hypervisor == here) return;
    throw Error(ErrorKind::usage,
                fmt::format("the capsule's state was saved by {}, and here is {}: memory is loaded by the same only",
                            printable(manifest.hypervisor), here),
                "open it without --boot to read its record, or on a machine with those versions");
}

}  // namespace

int execute(Services& services, const ExportCommand& command) {
    Interrupts interrupts(tell_stopping());
    const auto context = services.context().with_stop(interrupts.stop()).with_timeout(kLimit);
    if (command.file == "-") {
        throw Error(ErrorKind::usage, "a capsule is written to a file, not to standard output",
                    "name a file; ./- is one that is called -");
    }
    (void)OutputFile(command.file);
    require_outside(services.folders.runs(), command.file);
    capsule::require_new(command.file);
    const auto run = services.runs.load(command.run);
    require_no_crib_at_work(run);
    if (command.with_state) {
        require_state(services, run);
        return export_with_state(services, command, context);
    }
    auto manifest = describe(run, context);
    const auto record = engine::sources_of_record(run, services.runs.folder(run.id));
    const auto bytes = capsule::pack(manifest, record.sources, command.file, context);
    say_packed(services.output, command.file, bytes, manifest, record);
    return 0;
}

int execute(Services& services, const OpenCommand& command) {
    Interrupts interrupts(tell_stopping());
    const auto context = services.context().with_stop(interrupts.stop()).with_timeout(kLimit);
    require_run_name(command.as);
    (void)open_input(command.file, input_kind::capsule);  // before any folder is made for it
    // Among the runs, so that crib gc finds it after a SIGKILL.
    const auto owned = make_owned_folder(services.folders.runs(), "opening", "capsule");
    CleanupStack undo;
    undo.add("remove what was unpacked", [&] { (void)services.runs.remove(owned.id); });
    const auto unpacked = owned.path / "capsule";
    make_folder(unpacked, 0700);
    const auto manifest = capsule::unpack(
        command.file, command.boot ? capsule::What::everything : capsule::What::record, unpacked, {}, context);
    if (!command.boot) {
        const auto run = take_in_record(services, command, manifest, unpacked);
        say_opened(services, command, manifest, run);
        return 0;
    }
    if (!manifest.with_state) {
        throw Error(ErrorKind::usage, command.file + " is without the cluster's state",
                    "crib export --with-state packs it, while the cluster is kept; " +
                        services.folders.next_command("open", {command.file}) + " reads the record");
    }
    const auto scenario = capsule::is_plain_name(manifest.scenario) ? manifest.scenario : std::string("capsule");
    hypervisor::require_limits_for_libvirt();
    auto created = services.runs.create(command.as.empty() ? scenario : command.as, services.clock);
    // By its id: what is made after `undo` is gone when that runs.
    undo.add("remove the run that was not to be",
             [&services, id = created.info.id] { (void)services.runs.remove(id); });
    created.info.scenario = scenario;
    created.info.hypervisor_uri = hypervisor::kEmbeddedUri;
    Workshop shop(services, created.info.hypervisor_uri, created.folder, context);
    require_same_hypervisor(manifest, shop.hypervisor().version_key(engine::acceleration_of_state(unpacked)));
    const auto key = engine::take_in_state(shop.store(), manifest, unpacked, services.folders.cache, context);
    const auto run = take_in_record(services, command, manifest, unpacked);
    say_opened(services, command, manifest, run);
    const auto start = context.clock->now();
    const auto held = shop.checkpoints().named(key, context);
    auto state = state_of(*held, key.substr(0, kKeyDigits), services.folders.next_command);  // it may be an earlier one
    undo.dismiss();  // from now on the new run's folder tells what happens
    (void)services.runs.remove(owned.id);
    restore_or_record(services, shop, created, *held, std::move(state), context);
    services.output.print("{} runs, from the capsule's state, after {}\n", created.info.id,
                          to_short_string(context.clock->now() - start));
    say_how_to_use(services, created.info);
    return 0;
}

}  // namespace crib::cli
