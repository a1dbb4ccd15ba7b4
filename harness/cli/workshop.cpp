#include "harness/cli/workshop.h"

#include "harness/base/error.h"
#include "harness/base/text.h"
#include "harness/capsule/manifest.h"
#include "harness/engine/state_rules.h"
#include "harness/report/terminal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <utility>

namespace crib::cli {

using engine::RunInfo;
using engine::RunState;

namespace {

const std::string& with_checkpoints(const std::string& driver) {
    if (driver == hypervisor::kEmbeddedUri) return driver;
    throw Error(ErrorKind::usage,
                fmt::format("a cluster on {} has no checkpoints: its QEMU runs as another user, who cannot get at them",
                            driver),
                "crib run without --connect makes one that has");
}

}  // namespace

Workshop::Workshop(Services& services, const std::string& driver, const engine::RunFolder& folder,
                   const Context& context)
    : bus_(services.clock),
      terminal_(report::terminal_for(STDERR_FILENO, services.output.sayer(), services.clock, false,
                                     services.folders.next_command)),
      wired_(services, with_checkpoints(driver), folder, bus_, context),
      parts_(wired_.parts()),
      cluster_(parts_, bus_, services.runs) {
    bus_.add(*terminal_);
}

Owned own(Services& services, const std::string& id) {
    auto run = services.runs.load(id);
    if (!run.doubt.empty() && run.state == RunState::kept) {
        throw Error(ErrorKind::usage, fmt::format("run {}: {}", run.id, engine::words_of_doubt(run)),
                    "if none is, make it a file that you may write to again: " +
                        engine::way_to_mend_lock(services.runs.folder(run.id)));
    }
    if (run.state == RunState::kept) {
        if (auto owner = services.runs.take_kept(run.id)) {
            run = services.runs.load(run.id);  // whoever had it until now may have changed it
            run.state = RunState::kept;
            return {std::move(run), std::move(*owner)};
        }
        run.state = services.runs.load(run.id).state;
        if (run.state == RunState::kept) run.state = RunState::running;  // until just now
    }
    throw Error(ErrorKind::usage,
                run.state == RunState::running ? fmt::format("run {} belongs to a crib that is still at work", run.id)
                                               : fmt::format("the cluster of run {} is not running any more", run.id),
                run.state == RunState::running
                    ? "wait for it, or interrupt it (Ctrl-C)"
                    : services.folders.next_command("run --keep", {"FILE"}) + " leaves a cluster running");
}

engine::ClusterState state_of(const engine::HeldCheckpoint& held, const std::string& name,
                              const NextCommand& next_command) {
    try {
        return engine::usable_state(held);
    } catch (const Error& error) {
        throw Error(error.kind(), fmt::format("checkpoint {}: {}", name, error.what()),
                    fmt::format("no cluster can be made of it: {} removes it", next_command("cache rm", {name})));
    }
}

void restore_or_record(Services& services, Workshop& shop, engine::RunStore::Created& created,
                       engine::HeldCheckpoint& held, engine::ClusterState state, const Context& context) {
    try {
        shop.cluster().restore(created, held, std::move(state), context);
    } catch (...) {
        // What could not be ended is left to crib gc.
        std::error_code problem;
        if (!std::filesystem::exists(created.folder.secret(), problem) && !problem) {
            created.info.outcome = events::to_string(events::Outcome::error);
            created.info.kept = false;
            try {
                services.runs.save(created.info);
            } catch (const Error&) {
                // What failed first is what counts.
            }
        }
        throw;
    }
}

std::string seconds(const Context& context, TimePoint since) {
    return to_short_string(context.clock->now() - since);
}

void require_run_name(const std::string& as) {
    if (as.empty() || capsule::is_plain_name(as)) return;
    throw Error(ErrorKind::usage, fmt::format("--as {}: no name of a run", as),
                "letters, digits, ._-, not beginning with . or -, at most 100");
}

void say_how_to_use(const Services& services, const RunInfo& run) {
    const auto& next_command = services.folders.next_command;
    const auto node = run.nodes.empty() ? std::string("NODE") : run.nodes.front().name;
    services.output.print("    {}, {} -- get nodes, {}\n", next_command("ssh", {run.id, node}),
                          next_command("kubectl", {run.id}), next_command("down", {run.id}));
}

}  // namespace crib::cli
