#include "harness/engine/cluster_saver.h"

#include "harness/base/cleanup.h"
#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/meminfo.h"
#include "harness/engine/side_by_side.h"
#include "harness/guest/clock_check.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::engine {
namespace {

namespace fs = std::filesystem;

// What is written of a node beside its memory: the state of its machine, records of pages, and what has not been given
// back of libvirt's image when it is split.
constexpr auto kMostBeside = ByteSize::mib(96);
// What was written in the meantime goes back into the disk below.
constexpr auto kUndoLimit = std::chrono::minutes(2);

// The first name of an overlay that is not taken.
fs::path next_overlay(const fs::path& folder, const std::string& target) {
    for (int number = 1;; ++number) {
        auto file = folder / fmt::format("{}-{}.qcow2", target, number);
        if (!fs::exists(file)) return file;
    }
}

const hypervisor::SavedMachine& saved_as(const hypervisor::SaveResult& result, const std::string& machine) {
    const auto saved = std::find_if(result.machines.begin(), result.machines.end(),
                                    [&](const hypervisor::SavedMachine& one) { return one.name == machine; });
    if (saved == result.machines.end()) throw Error(ErrorKind::internal, machine + " was not saved");
    return *saved;
}

// A crib that was killed while it saved has left the machine on a disk of which nobody wrote down what lies below it.
void require_known(const hypervisor::SavedMachine& saved, const std::string& target, const fs::path& file) {
    const auto frozen = saved.frozen.find(target);
    if (frozen == saved.frozen.end()) throw Error(ErrorKind::internal, saved.name + " was saved without " + target);
    if (fs::weakly_canonical(frozen->second.file) == fs::weakly_canonical(file)) return;
    throw hypervisor::HalfSaved(
        ErrorKind::environment,
        fmt::format("the machine {} writes to {}, and not to {} as it was left: an earlier save "
                    "of it was broken off",
                    saved.name, frozen->second.file.string(), file.string()));
}

// What of a cluster's state goes into a checkpoint: where its disks lie is the keeper's business.
std::string state_to_keep(ClusterState state) {
    for (auto& node : state.nodes) {
        for (auto& disk : node.disks) {
            if (disk.kind == NodeDisk::Kind::shared) continue;
            disk.spec.file.clear();
            disk.base.clear();
        }
    }
    return to_json(state);
}

// They stood still while their memory was written. One that cannot be reached now has its clock set when it is used
// next, by the same words.
void set_clocks(const std::vector<guest::Node*>& guests, const Context& context) {
    constexpr auto kClockLimit = std::chrono::seconds{30};
    side_by_side(guests.size(), context.with_timeout(kClockLimit), [&](std::size_t i, const Context& inner) {
        ssh::Exec exec;
        exec.name = "clock";
        exec.script = guest::clock_check_script(guests[i]->name());
        try {
            (void)guests[i]->run(exec, inner);
        } catch (const Error&) {
        }
    });
}

}  // namespace

// In memory where there is room for all of it twice over: once written, once for everything else on the host.
fs::path ClusterSaver::memory_folder(const ClusterState& state) const {
    std::uint64_t needed = 0;
    for (const auto& node : state.nodes) needed += node.node.asked.memory.bytes + kMostBeside.bytes;
    std::error_code none;
    const auto shm = folder_.fast_saving().parent_path();
    const bool fits =
        fs::is_directory(shm, none) && free_disk_bytes(shm) > needed && read_meminfo().available.bytes > 2 * needed;
    return fits ? folder_.fast_saving() : folder_.saving();
}

fs::path ClusterSaver::make_memory_folder(const ClusterState& state) const {
    const auto memory = memory_folder(state);
    // What is called so in /dev/shm may be another user's.
    const auto mark = mark_of_fast_saving(folder_);
    if (memory == folder_.fast_saving() && make_marked_folder(memory, mark)) return memory;
    remove_memory_folder(folder_.saving());
    make_folder(folder_.saving(), 0700);
    return folder_.saving();
}

void ClusterSaver::remove_memory_folder(const fs::path& memory) const {
    if (memory == folder_.fast_saving()) {
        remove_marked_folder(memory, mark_of_fast_saving(folder_));
    } else {
        remove_in_run(folder_, memory.lexically_relative(folder_.path));
    }
}

std::vector<hypervisor::SaveSpec> ClusterSaver::plan(const ClusterState& state, const fs::path& memory) const {
    std::vector<hypervisor::SaveSpec> specs;
    for (const auto& node : state.nodes) {
        hypervisor::SaveSpec spec;
        spec.name = node.node.machine;
        spec.memory = memory / (node.node.name() + ".memory");
        spec.state = memory / (node.node.name() + ".state");
        for (std::size_t i = 0; i < node.disks.size(); ++i) {
            if (node.disks[i].kind != NodeDisk::Kind::layered) continue;
            const auto target = hypervisor::target_of_disk(i);
            spec.overlays[target] = next_overlay(folder_.disks() / node.node.name(), target);
        }
        specs.push_back(std::move(spec));
    }
    return specs;
}

std::unique_ptr<HeldCheckpoint> ClusterSaver::keep(ClusterState& state, const std::vector<hypervisor::SaveSpec>& specs,
                                                   const hypervisor::SaveResult& result, const What& what,
                                                   const Context& context) {
    FrozenCluster frozen{what.chain, what.scenario, {}, {}};
    for (std::size_t i = 0; i < state.nodes.size(); ++i) {
        auto& node = state.nodes[i];
        const auto& saved = saved_as(result, node.node.machine);
        node.description = saved.description;
        auto& kept = frozen.nodes[node.node.name()];
        kept.memory = specs[i].memory;
        kept.state = specs[i].state;
        for (const auto& [target, overlay] : specs[i].overlays) {
            auto& disk = node.disks[disk_index(target)];
            require_known(saved, target, disk.spec.file);
            kept.disks[target] = {disk.spec.file, disk.base};
            disk.spec.file = overlay;
        }
    }
    frozen.state = state_to_keep(state);
    auto held = keeper_.keep(frozen, context);
    for (auto& node : state.nodes) {
        const auto layers = held->layers(node.node.name(), context);
        for (const auto& [target, layer] : layers) node.disks.at(disk_index(target)).base = layer;
    }
    return held;
}

ClusterSaver::Saved ClusterSaver::save(ClusterState& state, const std::vector<guest::Node*>& guests, const What& what,
                                       const Context& context) {
    const auto memory = make_memory_folder(state);
    CleanupStack cleanup;
    cleanup.add("remove the memory's files", [&] { remove_memory_folder(memory); });
    const auto specs = plan(state, memory);
    for (auto* guest : guests) guest->forget_sessions();
    const auto before = state;
    bool stopped = false;
    try {
        const auto result = hypervisor_.save(specs, context);
        stopped = true;
        state.saved = context.clock->wall_now();
        std::unique_ptr<HeldCheckpoint> held;
        side_by_side(2, context, [&](std::size_t i, const Context& inner) {
            if (i == 0) {
                held = keep(state, specs, result, what, inner);
            } else {
                set_clocks(guests, inner);
            }
        });
        return {std::move(held), result.paused};
    } catch (const std::exception& error) {
        state = before;
        if (dynamic_cast<const hypervisor::HalfSaved*>(&error) != nullptr) state.savable = false;
        if (!stopped) throw;
        // Not by the context that may have run out just now.
        const auto limited = Context::with_clock(*context.clock).with_timeout(kUndoLimit);
        try {
            hypervisor_.undo_save(specs, limited);
        } catch (const Error& second) {
            state.savable = false;
            throw Error(second.kind(), fmt::format("{}; {}", error.what(), second.what()), second.hint());
        }
        throw;
    }
}

}  // namespace crib::engine
