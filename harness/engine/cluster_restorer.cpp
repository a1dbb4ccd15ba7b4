#include "harness/engine/cluster_restorer.h"

#include "harness/base/cleanup.h"
#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/file_error.h"
#include "harness/engine/cluster_state.h"
#include "harness/engine/side_by_side.h"
#include "harness/guest/facts.h"

#include <sys/stat.h>

#include <cerrno>
#include <exception>
#include <thread>

namespace crib::engine {
namespace {

namespace fs = std::filesystem;

// Nobody can give a state to a machine that has failed, or whose loading was stopped.
bool follows_from_loading(const std::exception_ptr& problem) {
    try {
        std::rethrow_exception(problem);
    } catch (const Error& error) {
        return error.kind() == ErrorKind::cancelled || error.kind() == ErrorKind::process;
    } catch (...) {
        return false;
    }
}

}  // namespace

hypervisor::RestoreSpec ClusterRestorer::bring_files(HeldCheckpoint& held, const ClusterState& state, StateNode& node,
                                                     const ClusterNetwork& network, const Context& context) {
    const auto& name = node.node.name();
    hypervisor::RestoreSpec spec;
    spec.memory = held.memory(name, context);
    spec.machine = machine_of(node, state, run_id_, folder_, network);
    spec.description = node.description;
    const auto disks = folder_.disks() / name;
    make_folder(disks);
    const auto layers = held.layers(name, context);
    node.disks = parts_.supplier.make_disks_over(layers, node, state, disks, context);
    for (const auto& disk : node.disks) spec.machine.disks.push_back(disk.spec);
    spec.state = folder_.saving() / (name + ".state");
    if (::mkfifo(spec.state.c_str(), 0600) != 0) throw_file_error("make", spec.state, errno);
    return spec;
}

// The memory is unpacked while the hypervisor starts the machines, which get the rest of their state when it is there.
// What breaks the one breaks the other; damage is the cause of whatever else is said, a reader that went away is not.
void ClusterRestorer::load(HeldCheckpoint& held, const ClusterState& state,
                           const std::vector<hypervisor::RestoreSpec>& specs, const Context& context) {
    std::exception_ptr unpacking;
    std::exception_ptr loading;
    std::stop_source stop;
    const std::stop_callback pass_on(context.stop, [&] { stop.request_stop(); });
    const auto inner = context.with_stop(stop.get_token());
    {
        const std::jthread writer([&] {
            try {
                side_by_side(specs.size(), inner, [&](std::size_t i, const Context& each) {
                    held.write_state(state.nodes[i].node.name(), specs[i].state, each);
                });
            } catch (...) {
                unpacking = std::current_exception();
                // A machine that failed tells its reason by itself, unless it is stopped.
                if (!follows_from_loading(unpacking)) stop.request_stop();
            }
        });
        try {
            parts_.hypervisor.restore(specs, inner);
        } catch (...) {
            loading = std::current_exception();
            stop.request_stop();
        }
    }
    if (!unpacking && !loading) return;
    if (!loading) {
        for (const auto& node : state.nodes) parts_.hypervisor.destroy(node.node.machine);
    }
    std::rethrow_exception(unpacking && !follows_from_loading(unpacking) ? unpacking : loading ? loading : unpacking);
}

void ClusterRestorer::wake(guest::Node& guest, const Context& context) {
    bus_.publish(events::NodeDoing{guest.name(), "goes on from where it was saved"});
    guest.wait_ready(context, {});
    guest::set_clock(guest, context);
    bus_.publish(events::NodeDoing{guest.name(), ""});
}

std::vector<std::unique_ptr<guest::Node>> ClusterRestorer::restore(HeldCheckpoint& held, ClusterState& state,
                                                                   const ClusterNetwork& network,
                                                                   const Context& context) {
    const auto saving = folder_.saving().lexically_relative(folder_.path);
    remove_in_run(folder_, saving);
    make_folder(folder_.saving(), 0700);
    CleanupStack cleanup;
    cleanup.add("remove the pipes", [&] { remove_in_run(folder_, saving); });
    std::vector<hypervisor::RestoreSpec> specs(state.nodes.size());
    std::vector<std::string> machines;
    for (const auto& node : state.nodes) machines.push_back(node.node.machine);
    side_by_side(specs.size(), context, [&](std::size_t i, const Context& inner) {
        specs[i] = bring_files(held, state, state.nodes[i], network, inner);
    });
    load(held, state, specs, context);
    state.hypervisor = parts_.hypervisor.version_key(state.acceleration);
    try {
        std::vector<std::unique_ptr<guest::Node>> guests;
        for (const auto& node : state.nodes) {
            guests.push_back(
                parts_.nodes.connect(node.node, network.ssh_port_of(node.node.name()), state.keys, folder_));
        }
        parts_.hypervisor.resume(machines);
        side_by_side(guests.size(), context, [&](std::size_t i, const Context& inner) { wake(*guests[i], inner); });
        bus_.info("all nodes answer SSH and have the right time");
        return guests;
    } catch (...) {
        for (const auto& machine : machines) parts_.hypervisor.destroy(machine);
        throw;
    }
}

void ClusterRestorer::make_way(const ClusterState& now) noexcept {
    {
        std::vector<std::jthread> threads;  // a busy emulator takes seconds to end
        for (const auto& node : now.nodes) {
            threads.emplace_back([&] { parts_.hypervisor.destroy(node.node.machine); });
        }
    }
    for (const auto& node : now.nodes) set_console_aside(folder_, node.node.name());
    remove_in_run(folder_, folder_.disks().lexically_relative(folder_.path));
}

}  // namespace crib::engine
