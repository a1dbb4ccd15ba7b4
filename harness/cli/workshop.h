#pragma once
// Workshop: what works on the cluster of one kept run, wired together.

#include "harness/base/lock.h"
#include "harness/cli/wired_parts.h"
#include "harness/engine/cluster_state.h"
#include "harness/engine/kept_cluster.h"

#include <cstddef>
#include <memory>
#include <string>

namespace crib::cli {

inline constexpr std::size_t kKeyDigits = 12;  // of a checkpoint's key, as crib cache ls shows it

class Workshop {
public:
    // Error(usage) for a driver whose clusters have no checkpoints. The context is for opening the driver.
    Workshop(Services& services, const std::string& driver, const engine::RunFolder& folder, const Context& context);

    [[nodiscard]] engine::KeptCluster& cluster() { return cluster_; }
    [[nodiscard]] engine::StoredCheckpoints& checkpoints() { return wired_.checkpoints(); }
    [[nodiscard]] checkpoint::Store& store() { return wired_.store(); }
    [[nodiscard]] hypervisor::Hypervisor& hypervisor() { return wired_.hypervisor(); }

private:
    events::Bus bus_;
    std::unique_ptr<events::Sink> terminal_;
    WiredParts wired_;
    engine::Parts parts_;
    engine::KeptCluster cluster_;
};

// A kept run, alone in this process's hands.
struct Owned {
    engine::RunInfo run;
    FileLock owner;
};

// Error(usage) when the run's cluster does not run any more, or another crib is at work on it.
[[nodiscard]] Owned own(Services& services, const std::string& id);

// Read before anything is made of it. Error that names the checkpoint when it cannot be.
[[nodiscard]] engine::ClusterState state_of(const engine::HeldCheckpoint& held, const std::string& name,
                                            const NextCommand& next_command);

// A run of its own that goes on from the checkpoint, whose state_of() is handed on. When that fails, the run's record
// says so and stays: nobody takes it for one whose crib was killed.
void restore_or_record(Services& services, Workshop& shop, engine::RunStore::Created& created,
                       engine::HeldCheckpoint& held, engine::ClusterState state, const Context& context);

// Of --as, where it was given: Error(usage) for a name that a later command could not be given.
void require_run_name(const std::string& as);

void say_how_to_use(const Services& services, const engine::RunInfo& run);

// How long ago that was, for people.
[[nodiscard]] std::string seconds(const Context& context, TimePoint since);

}  // namespace crib::cli
