#pragma once
// CellRunner: one cluster from nothing to checked and cleaned up.

#include "harness/base/context.h"
#include "harness/engine/host.h"
#include "harness/engine/parts.h"
#include "harness/engine/run_store.h"
#include "harness/events/bus.h"
#include "harness/provision/recipe.h"
#include "harness/scenario/scenario.h"

#include <functional>
#include <optional>
#include <set>
#include <string>

namespace crib::engine {

// One concrete combination: what is run.
struct Cell {
    scenario::Scenario scenario;
    provision::Recipe recipe;
    provision::Profile emulated_profile;  // the departures for hosts that emulate the CPU; used only there
    std::optional<hypervisor::Acceleration> acceleration;  // nothing: what works on this host
    std::vector<std::string> warnings{};                   // of what may not go together; said as the run begins
};

enum class KeepPolicy { never, when_failed, always };

// What is made of checkpoints, where there is a keeper of them.
struct CheckpointUse {
    bool resume = true;          // go on from the last stage that there is one of
    std::string from;            // go on from this stage, or refuse; empty: any
    std::set<std::string> save;  // the stages at whose end one is saved
    bool asked = false;          // by name: also one that a run reached soon after it went on from another
    bool at_failure = false;     // and one when a step or check has failed, of a cluster that is not kept
};

struct CellOptions {
    KeepPolicy keep = KeepPolicy::never;
    std::string until;                     // a stage of the recipe; empty: to the end, with checks
    std::filesystem::path capture;         // a pcap file; empty: none
    std::stop_token hurry;                 // the user asked twice: no evidence, only cleaning up
    std::optional<scenario::Lock> locked;  // run exactly this, or refuse
    std::string making_of_lock;            // the command that would make that lock as things are now
    CheckpointUse checkpoints{};
    std::function<HostFacts()> host;
    std::string redo{};  // a step: the run's kept cluster goes back to before it, and on from there; empty: a new run
    std::function<void()> before_taking_over{};  // a redo calls it before it touches its machines or the run's record
};

class CellRunner {
public:
    // `pulse` is the clock by which the watchdog looks after QEMU and the switch.
    CellRunner(Parts parts, events::Bus& bus, const RunStore& runs, Clock& pulse)
        : parts_(parts), bus_(bus), runs_(runs), pulse_(pulse) {}

    // Publishes everything from RunStarted to RunFinished and returns the latter. Does not throw: what goes
    // wrong is in the outcome. `created` is the run's own folder, owned by this process; with options.redo it has a
    // kept cluster, which stays kept whatever happens, and is left as it is, with all of the run's files, when the redo
    // ends before it has touched the cluster.
    events::RunFinished run(const Cell& cell, const CellOptions& options, RunStore::Created& created,
                            const Context& context);

private:
    Parts parts_;
    events::Bus& bus_;
    const RunStore& runs_;
    Clock& pulse_;
};

// The addresses and machine names of a cell's nodes. Pure.
[[nodiscard]] std::vector<CellNode> assign_addresses(const scenario::Scenario& scenario, const std::string& run_id);

}  // namespace crib::engine
