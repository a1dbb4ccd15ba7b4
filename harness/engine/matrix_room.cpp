#include "harness/engine/matrix_room.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/scenario/node_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

namespace crib::engine {
namespace {

// Of the smallest cell, a control plane alone.
constexpr auto kSmallestMemory = scenario::kControlPlaneMemory.bytes + kQemuOverhead.bytes;
constexpr auto kSmallestCores = Admission::kCoresPerVcpu * scenario::kControlPlaneVcpus;

ByteSize less(ByteSize a, ByteSize b) {
    return {a.bytes > b.bytes ? a.bytes - b.bytes : 0};
}

std::optional<double> pressure_of(const char* what, const char* kind) {
    try {
        return parse_pressure(read_file(std::string("/proc/pressure/") + what), kind);
    } catch (const Error&) {
        return std::nullopt;  // a kernel without it
    }
}

std::optional<Wait> too_much(const char* what, double now, double most) {
    if (now <= most) return std::nullopt;
    return Wait{"pressure",
                fmt::format("waits for the machine: {} pressure is {:.0f}, more than {:.0f}", what, now, most)};
}

std::optional<Wait> wait_for_calm(const Pressure& pressure) {
    if (auto wait = too_much("memory", pressure.memory_full, Admission::kMostMemoryPressure)) return wait;
    if (auto wait = too_much("disk", pressure.io_full, Admission::kMostIoPressure)) return wait;
    return too_much("CPU", pressure.cpu_some, Admission::kMostCpuPressure);
}

}  // namespace

CellNeed need_of(const scenario::Scenario& scenario, hypervisor::Acceleration acceleration) {
    ByteSize overhead = kQemuOverhead;
    const bool emulated = acceleration == hypervisor::Acceleration::tcg;
    if (emulated) overhead.bytes += hypervisor::kTranslationCache.bytes;
    CellNeed need;
    std::vector<std::string> parts;
    for (const auto& node : scenario.nodes) {
        need.memory.bytes += node.memory.bytes + overhead.bytes;
        need.cores += emulated ? Admission::kCoresPerEmulatedNode : node.vcpus * Admission::kCoresPerVcpu;
        need.disk.bytes += kDiskPerNode.bytes;
        parts.push_back(fmt::format("{} {}", node.name, to_string(node.memory)));
    }
    if (scenario.nodes.empty()) {  // of a cell that its own run refuses; but that is a process, too
        need.memory.bytes = kSmallestMemory;
        need.cores = kSmallestCores;
    }
    need.arithmetic = fmt::format("{} + {} x {} for QEMU", join(parts, " + "), parts.size(), to_string(overhead));
    return need;
}

std::optional<double> parse_pressure(std::string_view text, std::string_view kind) {
    for (const auto& line : split_lines(text)) {
        if (!line.starts_with(std::string(kind) + " ")) continue;
        const auto at = line.find("avg10=");
        if (at != std::string::npos) return std::strtod(line.c_str() + at + 6, nullptr);
    }
    return std::nullopt;
}

Room HostRoomProbe::look() {
    Room room{look_at_host(state_), {}};
    const auto cpu = pressure_of("cpu", "some");
    const auto memory = pressure_of("memory", "full");
    const auto io = pressure_of("io", "full");
    if (cpu && memory && io) room.pressure = Pressure{*cpu, *memory, *io};
    return room;
}

std::optional<Wait> Admission::reason_to_wait(const CellNeed& need, const Room& room) const {
    const auto& host = room.host;
    // What was free before the running cells began, less what they were promised; and what is free now.
    const auto unpromised = running_ == 0 ? host.memory_available : less(before_.memory_available, promised_);
    const auto free = less(std::min(unpromised, host.memory_available), kHostReserve);
    if (need.memory > free) {
        return Wait{"memory", fmt::format("waits for {} of memory: it needs {} ({}), and {} are to be had",
                                          to_string(less(need.memory, free)), to_string(need.memory), need.arithmetic,
                                          to_string(free))};
    }
    const auto disk = running_ == 0 ? host.disk_free : std::min(host.disk_free, less(before_.disk_free, disk_));
    if (need.disk > disk) {
        return Wait{"disk", fmt::format("waits for {} of disk: it needs {}, and {} are to be had",
                                        to_string(less(need.disk, disk)), to_string(need.disk), to_string(disk))};
    }
    if (running_ == 0) return std::nullopt;  // the first one may have the machine, however busy others keep it
    if (cores_ + need.cores > host.cores) {
        return Wait{"cores", fmt::format("waits for cores: it keeps {:.2g} busy, the running cells {:.2g}, and there "
                                         "are {}",
                                         need.cores, cores_, host.cores)};
    }
    return room.pressure ? wait_for_calm(*room.pressure) : std::nullopt;
}

std::optional<std::string> Admission::reason_never(const CellNeed& need, const Room& room) {
    const auto most = less(room.host.memory_total, kHostReserve);
    if (need.memory <= most) return std::nullopt;
    return fmt::format("it does not fit into this machine's memory: {} = {}, and of {} at most {} can be had",
                       need.arithmetic, to_string(need.memory), to_string(room.host.memory_total), to_string(most));
}

std::size_t most_at_once(const HostFacts& host, std::size_t cells, unsigned jobs) {
    const auto by_memory = static_cast<std::size_t>(host.memory_total.bytes / kSmallestMemory);
    const auto by_cores = static_cast<std::size_t>(host.cores / kSmallestCores);
    const auto most = std::min(cells, std::max<std::size_t>(1, std::min(by_memory, by_cores)));
    return jobs > 0 ? std::min<std::size_t>(most, jobs) : most;
}

void Admission::begin(const CellNeed& need, const Room& room) {
    if (running_++ == 0) before_ = room.host;
    cores_ += need.cores;
    promised_.bytes += need.memory.bytes;
    disk_.bytes += need.disk.bytes;
}

void Admission::end(const CellNeed& need) {
    --running_;
    cores_ -= need.cores;
    promised_.bytes -= need.memory.bytes;
    disk_.bytes -= need.disk.bytes;
}

}  // namespace crib::engine
