#pragma once
// Reaper: ends what is still there of a run: machines, switch, keys, disks; for a killed run also its folder.

#include "harness/engine/run_store.h"
#include "harness/hypervisor/hypervisor.h"

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace crib::engine {

// The one problem of a run whose owner.lock another crib has: it works on it, or just ends it.
inline constexpr const char* kAtWork = "a crib is at work on it";

class Reaper {
public:
    // Opens the hypervisor of a run on a daemon. May throw.
    using OpenHypervisor = std::function<std::unique_ptr<hypervisor::Hypervisor>(const RunInfo&, const RunFolder&)>;
    // Ends the processes of the machines of a run with the embedded hypervisor: true when none is left.
    using KillMachines = std::function<bool(const RunFolder&)>;

    // Is told of machines of a run's id that are another run's, and stay.
    using Tell = std::function<void(const LeftAlone&)>;

    Reaper(const RunStore& runs, OpenHypervisor open, KillMachines kill, Tell tell)
        : runs_(runs), open_(std::move(open)), kill_(std::move(kill)), tell_(std::move(tell)) {}

    // The driver whose daemon must answer for the run's machines to be ended; empty: there are none, or it has no
    // daemon.
    [[nodiscard]] std::string driver_to_ask(const RunInfo& run) const;

    // Ends the machines and the switch of a run and removes its private files; the record stays, as that of a run that
    // has ended. Returns what could not be done, with what to do about it, empty when all is gone. Does not throw.
    std::vector<std::string> end(const RunInfo& run) const noexcept;

    struct Swept {
        std::string run;
        std::uint64_t bytes = 0;  // of its files
        std::string driver;       // driver_to_ask()'s
        std::vector<std::string> problems;
    };
    // Every orphaned run, machines, files and all. Runs that somebody owns, kept, ended and damaged ones are left
    // alone. A look only tells which. Once it is to stop, those that are left are not begun.
    std::vector<Swept> sweep(Sweep sweep = Sweep::remove, const std::stop_token& stop = {}) const;

private:
    void end_all(const RunInfo& run, std::vector<std::string>& problems) const;
    void end_machines(const RunInfo& run, const RunFolder& folder, std::vector<std::string>& problems) const;

    const RunStore& runs_;
    OpenHypervisor open_;
    KillMachines kill_;
    Tell tell_;
};

}  // namespace crib::engine
