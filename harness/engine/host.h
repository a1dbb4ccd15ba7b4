#pragma once
// Host: what this machine has to give, and whether a cluster fits into it.

#include "harness/base/size.h"
#include "harness/hypervisor/hypervisor.h"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace crib::engine {

struct HostFacts {
    unsigned cores = 0;
    ByteSize memory_total;
    ByteSize memory_available;  // the kernel's estimate of what can be used without swapping
    ByteSize disk_free;         // where the disks of runs are
};

[[nodiscard]] HostFacts look_at_host(const std::filesystem::path& state_folder);

struct MemoryWish {
    std::string node;
    ByteSize memory;
};

// What QEMU takes beside the guest's own memory.
inline constexpr ByteSize kQemuOverhead = ByteSize::mib(300);
// What is left to everything else on the machine.
inline constexpr ByteSize kHostReserve = ByteSize::mib(512);
// The least that a run's disks and logs need.
inline constexpr ByteSize kDiskPerNode = ByteSize::mib(1536);

// Error(environment) with the sum shown when the nodes do not fit into the memory or disk that is free. Emulated nodes
// need more: the code that QEMU translates.
void require_room(const HostFacts& host, const std::vector<MemoryWish>& wishes, hypervisor::Acceleration acceleration);

// A word on emulated nodes that have to share cores with each other; nothing when each has one.
[[nodiscard]] std::optional<std::string> crowding(std::size_t nodes, unsigned cores,
                                                  hypervisor::Acceleration acceleration);

// How many clusters of so many nodes each may come up side by side. Emulated control planes that have to share a core
// while they catch up after a restore starve each other: their requests time out and are made again, for minutes.
[[nodiscard]] std::size_t clusters_at_once(std::size_t nodes, unsigned cores, hypervisor::Acceleration acceleration);

}  // namespace crib::engine
