#pragma once
// Room for the cells of a matrix side by side: what each takes, what the host has, and what to wait for. Pure.

#include "harness/engine/host.h"
#include "harness/scenario/scenario.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace crib::engine {

// What a cell takes while it runs.
struct CellNeed {
    ByteSize memory;   // nodes, and QEMU for each
    double cores = 0;  // that it keeps busy
    ByteSize disk;
    std::string arithmetic;  // "master 2.2 GiB + worker 1.8 GiB + 2 x 1.3 GiB for QEMU"
};

// As require_room() counts.
[[nodiscard]] CellNeed need_of(const scenario::Scenario& scenario, hypervisor::Acceleration acceleration);

// Pressure stall information of the kernel: in how many of a hundred seconds some (or all) tasks stood still for want
// of it, over the last ten seconds. Source: the kernel's Documentation/accounting/psi.rst.
struct Pressure {
    double cpu_some = 0;
    double memory_full = 0;
    double io_full = 0;
};

// From the text of a file of /proc/pressure: "some avg10=1.23 avg60=... total=...". Nothing when there is no such line.
[[nodiscard]] std::optional<double> parse_pressure(std::string_view text, std::string_view kind);

struct Room {
    HostFacts host;
    std::optional<Pressure> pressure;  // nothing on kernels that do not tell
};

class RoomProbe {
public:
    virtual ~RoomProbe() = default;
    virtual Room look() = 0;
};

// This machine. `state` is where the disks of runs are.
class HostRoomProbe final : public RoomProbe {
public:
    explicit HostRoomProbe(std::filesystem::path state) : state_(std::move(state)) {}
    Room look() override;

private:
    std::filesystem::path state_;
};

// Why a cell has to wait.
struct Wait {
    std::string what;  // "memory", "cores", "disk", "pressure", "jobs", "a component", "a checkpoint"
    std::string text;  // "waits for 4.1 GiB of memory: ..."
};

// What the running cells take together, and whether one more has room. A machine's memory fills slowly: what is free
// now is promised to the cells that run already.
class Admission {
public:
    // A virtual CPU waits most of its time: for disks, for the other nodes, for time-outs of the cluster. An emulated
    // node keeps a core busy as long as it is set up: two cells of two such nodes at once on two cores took 13 minutes
    // where each alone takes 5, and in one of them the API server was too slow for kubectl (measured 2026-11-25).
    static constexpr double kCoresPerVcpu = 0.25;
    static constexpr double kCoresPerEmulatedNode = 1;
    static constexpr double kMostCpuPressure = 85;
    static constexpr double kMostMemoryPressure = 10;
    static constexpr double kMostIoPressure = 50;

    // Nothing: there is room for it.
    [[nodiscard]] std::optional<Wait> reason_to_wait(const CellNeed& need, const Room& room) const;

    // Why it will not fit even when nothing else runs on this machine; nothing: it will.
    [[nodiscard]] static std::optional<std::string> reason_never(const CellNeed& need, const Room& room);

    void begin(const CellNeed& need, const Room& room);
    void end(const CellNeed& need);
    [[nodiscard]] unsigned running() const { return running_; }

private:
    unsigned running_ = 0;
    double cores_ = 0;
    ByteSize promised_;  // memory of the running cells
    ByteSize disk_;
    HostFacts before_;  // as it was when nothing ran
};

// No more cells than this are ever side by side on such a machine, whatever they are. `jobs` as of MatrixOptions.
[[nodiscard]] std::size_t most_at_once(const HostFacts& host, std::size_t cells, unsigned jobs);

}  // namespace crib::engine
