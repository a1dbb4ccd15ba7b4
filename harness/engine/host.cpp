#include "harness/engine/host.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/meminfo.h"
#include "harness/base/system_error.h"
#include "harness/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <thread>

namespace crib::engine {
HostFacts look_at_host(const std::filesystem::path& state_folder) {
    const auto memory = read_meminfo();
    return {std::max(1U, std::thread::hardware_concurrency()),
            memory.total,
            memory.available,
            {free_disk_bytes(state_folder)}};
}

void require_room(const HostFacts& host, const std::vector<MemoryWish>& wishes, hypervisor::Acceleration acceleration) {
    ByteSize overhead = kQemuOverhead;
    if (acceleration == hypervisor::Acceleration::tcg) overhead.bytes += hypervisor::kTranslationCache.bytes;
    ByteSize sum = kHostReserve;
    std::vector<std::string> parts;
    for (const auto& wish : wishes) {
        sum.bytes += wish.memory.bytes + overhead.bytes;
        parts.push_back(fmt::format("{} {}", wish.node, to_string(wish.memory)));
    }
    if (sum > host.memory_available) {
        throw Error(ErrorKind::environment,
                    fmt::format("the nodes do not fit into this machine's memory: {} + {} for each QEMU + {} for the "
                                "rest = {}, and {} of {} are available",
                                join(parts, " + "), to_string(overhead), to_string(kHostReserve), to_string(sum),
                                to_string(host.memory_available), to_string(host.memory_total)),
                    "give the nodes less memory in the scenario, end other runs (crib ls, crib down RUN), or use a "
                    "larger machine");
    }
    const ByteSize disk{kDiskPerNode.bytes * wishes.size()};
    if (disk > host.disk_free) {
        throw Error(ErrorKind::environment,
                    fmt::format("the disks of {} nodes need about {}, and {} are free where runs are kept",
                                wishes.size(), to_string(disk), to_string(host.disk_free)),
                    hint_for(ENOSPC));
    }
}

std::optional<std::string> crowding(std::size_t nodes, unsigned cores, hypervisor::Acceleration acceleration) {
    if (acceleration == hypervisor::Acceleration::kvm || nodes <= cores) return std::nullopt;
    return fmt::format("{} emulated nodes on {} core{} wait for each other: everything takes several times as long",
                       nodes, cores, cores == 1 ? "" : "s");
}

std::size_t clusters_at_once(std::size_t nodes, unsigned cores, hypervisor::Acceleration acceleration) {
    if (acceleration == hypervisor::Acceleration::kvm) return std::numeric_limits<std::size_t>::max();
    return std::max<std::size_t>(1, cores / std::max<std::size_t>(1, nodes));
}

}  // namespace crib::engine
