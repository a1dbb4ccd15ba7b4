#include "harness/engine/kept_cluster.h"

#include "harness/base/cleanup.h"
#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/base/unused.h"
#include "harness/checkpoint/run_stages.h"
#include "harness/engine/as_saved.h"
#include "harness/engine/cluster_restorer.h"
#include "harness/engine/cluster_saver.h"
#include "harness/engine/cluster_state_file.h"
#include "harness/engine/host_sleep.h"
#include "harness/engine/kept_network.h"
#include "harness/engine/side_by_side.h"
#include "harness/engine/stage_keys.h"
#include "harness/guest/clock_check.h"

#include <algorithm>

namespace crib::engine {
namespace {

constexpr std::chrono::seconds kClockLimit{20};

std::vector<CellNode> nodes_of(const ClusterState& state) {
    std::vector<CellNode> nodes;
    for (const auto& node : state.nodes) nodes.push_back(node.node);
    return nodes;
}

std::vector<guest::Node*> pointers(const std::vector<std::unique_ptr<guest::Node>>& guests) {
    std::vector<guest::Node*> all;
    for (const auto& guest : guests) all.push_back(guest.get());
    return all;
}

ClusterState read_state(const RunInfo& run, const RunFolder& folder) {
    require_state(run, folder);
    return read_cluster_state(folder);
}

// What led to the stages that have ended, as far as that is known.
checkpoint::KeyChain chain_of(const ClusterState& state, const RunFolder& folder) {
    if (!std::filesystem::exists(folder.checkpoints())) return {};
    const auto run = checkpoint::read_run_stages(folder.checkpoints());
    const auto is_last = [&](const checkpoint::RunStage& stage) { return stage.key.stage == state.stage; };
    const bool known = std::any_of(run.stages.begin(), run.stages.end(), is_last);
    return known ? run.chain(state.stage) : checkpoint::KeyChain{};
}

// The same for a run that begins with a checkpoint.
void write_stages(const checkpoint::KeyChain& chain, const ClusterState& state, const RunFolder& folder) {
    checkpoint::RunStages run;
    for (const auto& stage : chain) {
        run.stages.push_back({stage, false, false, {}});
        if (stage.stage != state.stage) continue;
        checkpoint::write_run_stages(folder.checkpoints(), run);
        return;
    }
}

// The entries of the cache that these files belong to are in use from now on, by their locks: "ENTRY.lock" beside the
// entry, a folder, a file in one or a file "ENTRY.something". Their run begins before that, so crib gc leaves them to
// it.
void mark_entries_used(const ClusterState& state) {
    for (const auto& file : files_needed(state)) {
        const auto folder = file.parent_path();
        for (const auto& entry : {folder, folder / file.stem(), file}) {
            std::error_code none;
            const std::filesystem::path lock = entry.string() + ".lock";
            if (std::filesystem::is_regular_file(lock, none)) mark_used(lock);
        }
    }
}

// What a restored cluster's files on this machine are: a cache that was emptied is found out before anything runs.
// They count as used now.
void require_files(const ClusterState& state, const NextCommand& next_command) {
    for (const auto& node : state.nodes) {
        for (const auto& file : {node.kernel, node.initrd}) {
            if (file.empty() || std::filesystem::exists(file)) continue;
            throw Error(ErrorKind::environment,
                        "the node image of " + node.node.name() + " is not in the cache any more: " + file.string() +
                            " is missing",
                        next_command("images --build", {node.node.asked.os}));
        }
    }
    mark_entries_used(state);
}

}  // namespace

void require_state(const RunInfo& run, const RunFolder& folder) {
    if (std::filesystem::exists(folder.state())) return;
    throw Error(ErrorKind::usage, "run " + run.id + " was left by a crib that made no checkpoints",
                "run its scenario again with --keep");
}

KeptCluster::Saved KeptCluster::save(const RunInfo& run, const std::string& label, const Context& context) {
    const auto folder = runs_.folder(run.id);
    auto state = read_state(run, folder);
    if (!state.savable) {
        throw Error(ErrorKind::environment,
                    "run " + run.id +
                        " cannot be saved any more: an earlier save of it failed half way, and its disks "
                        "could not be given back",
                    "crib rewind or crib redo gives it disks that can be saved");
    }
    const auto guests = connect(run, state);
    side_by_side(2, context, [&](std::size_t i, const Context& inner) {
        if (i == 0) {
            set_clocks_right(guests, inner);
        } else if (!state.kubeconfig.empty()) {
            auto view = parts_.viewer.view(state.kubeconfig, run.api_port, nodes_of(state), {});
            forget_readiness(state);
            note_readiness(*view, state, inner);
            note_restarts(*view, state, inner);
        }
    });
    // The machines may run in a QEMU of before an update; one of whom nobody wrote that down is taken for today's.
    if (state.hypervisor.empty()) state.hypervisor = parts_.hypervisor.version_key(state.acceleration);
    // An instant of a cluster that people have worked on: its stages alone do not lead there.
    const auto chain = checkpoint::extend(
        chain_of(state, folder), label,
        {checkpoint::text("saved by hand from run", run.id),
         checkpoint::text("at", to_iso8601(context.clock->wall_now())), hypervisor_entry(state.hypervisor)});
    ClusterSaver saver(parts_.hypervisor, *parts_.checkpoints, folder);
    const auto saved = [&] {
        try {
            return saver.save(state, pointers(guests), {chain, run.scenario}, context);
        } catch (...) {
            if (!state.savable) write_file(folder.state(), to_json(state), 0600);
            throw;
        }
    }();
    write_file(folder.state(), to_json(state), 0600);
    parts_.checkpoints->hold(run.id, checkpoint::key_of(chain));
    return {checkpoint::key_of(chain), saved.paused, saved.held->bytes()};
}

std::vector<std::unique_ptr<guest::Node>> KeptCluster::connect(const RunInfo& run, const ClusterState& state) {
    std::vector<std::unique_ptr<guest::Node>> guests;
    for (const auto& one : run.nodes) {
        const auto node = std::find_if(state.nodes.begin(), state.nodes.end(),
                                       [&](const StateNode& n) { return n.node.name() == one.name; });
        if (node == state.nodes.end()) continue;
        guests.push_back(parts_.nodes.connect(node->node, one.ssh_port, state.keys, runs_.folder(run.id)));
    }
    return guests;
}

// The cluster may have stood still, with this host or by itself, since somebody looked at it last.
void KeptCluster::set_clocks_right(const std::vector<std::unique_ptr<guest::Node>>& guests, const Context& context) {
    side_by_side(guests.size(), context.with_timeout(kClockLimit), [&](std::size_t i, const Context& inner) {
        ssh::Exec exec;
        exec.name = "clock";
        exec.script = guest::clock_check_script(guests[i]->name());
        try {
            for (const auto& line : split_lines(guests[i]->run(exec, inner).err)) bus_.info(line);
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::cancelled) throw;
            // It can be saved all the same: a restored node's clock is set.
        }
    });
}

void KeptCluster::bring_up(ClusterState& state, HeldCheckpoint& held, const RunFolder& folder, const std::string& run,
                           ClusterNetwork& network, const Context& context) {
    ClusterRestorer restorer(parts_, bus_, folder, run);
    const auto guests = restorer.restore(held, state, network, context);
    note_awake(folder, slept_so_far());
    if (!state.kubeconfig.empty()) {
        write_file(folder.kubeconfig(), state.kubeconfig, 0600);
        auto view = parts_.viewer.view(state.kubeconfig, network.api_port(), nodes_of(state), pointers(guests));
        const auto pods_are = await_as_saved(*view, state, bus_, context);
        if (!pods_are.empty()) bus_.info("not all pods run as they did when it was saved: " + pods_are);
    }
    write_file(folder.state(), to_json(state), 0600);
}

void KeptCluster::rewind(const RunInfo& run, HeldCheckpoint& held, ClusterState state, const Context& context) {
    const auto folder = runs_.folder(run.id);
    const auto now = read_state(run, folder);
    if (state.keys.host_public != now.keys.host_public) {
        throw Error(ErrorKind::usage, "this checkpoint is of another cluster than run " + run.id,
                    "crib restore makes a run of its own of it");
    }
    require_same_hypervisor(held.chain(), parts_.hypervisor.version_key(state.acceleration));
    require_files(state, runs_.next_command());
    const auto network =
        network_again(parts_, bus_, folder, now, {run.id, nodes_of(state), state.served, state.internet, {}}, context);
    auto info = run;
    describe_reach(state, *network, folder, info);
    runs_.save(info);
    ClusterRestorer(parts_, bus_, folder, run.id).make_way(now);
    make_folder(folder.disks());
    bring_up(state, held, folder, run.id, *network, context);
    parts_.checkpoints->hold(run.id, held.key());
}

void KeptCluster::restore(RunStore::Created& created, HeldCheckpoint& held, ClusterState state,
                          const Context& context) {
    auto& info = created.info;
    const auto& folder = created.folder;
    std::unique_ptr<ClusterNetwork> network;  // outlives what undoes it
    CleanupStack undo([this](const std::string& what, const std::string& why) {
        bus_.warn("cleaning up: " + what + ": " + why, {}, runs_.next_command()("gc") + " tries again");
    });
    undo.add("remove the private files", [&] { remove_in_run(folder, folder.secret().filename()); });
    require_same_hypervisor(held.chain(), parts_.hypervisor.version_key(state.acceleration));
    require_files(state, runs_.next_command());
    network = parts_.network.start({info.id, nodes_of(state), state.served, state.internet, {}}, folder, context);
    undo.add("stop the switch", [&] { network->stop(); });
    describe_reach(state, *network, folder, info);
    info.scenario_file = state.origin.scenario_file;
    info.sets = state.origin.sets;
    info.swaps = state.origin.swaps;
    info.until = state.origin.until;
    info.acceleration = hypervisor::to_string(state.acceleration);
    write_stages(held.chain(), state, folder);
    for (const auto& node : state.nodes) {
        make_folder(folder.node(node.node.name()));
        undo.add("end " + node.node.name(),
                 [this, machine = node.node.machine] { parts_.hypervisor.destroy(machine); });
    }
    runs_.save(info);
    bring_up(state, held, folder, info.id, *network, context);
    parts_.checkpoints->hold(info.id, held.key());
    info.outcome = "restored";
    info.kept = true;
    runs_.save(info);
    undo.dismiss();
}

}  // namespace crib::engine
