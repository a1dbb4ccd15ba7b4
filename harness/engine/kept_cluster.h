#pragma once
// KeptCluster: a cluster that crib left running, and what can be made of its instants: saved, gone back to, come from.

#include "harness/engine/checkpoints.h"
#include "harness/engine/cluster_state.h"
#include "harness/engine/run_store.h"
#include "harness/events/bus.h"
#include "harness/guest/node.h"

#include <memory>
#include <string>
#include <vector>

namespace crib::engine {

// Error(usage) for a run that no checkpoint can be made of, nor gone back to.
void require_state(const RunInfo& run, const RunFolder& folder);

class KeptCluster {
public:
    // `parts` has a keeper of checkpoints.
    KeptCluster(const Parts& parts, events::Bus& bus, const RunStore& runs) : parts_(parts), bus_(bus), runs_(runs) {}

    struct Saved {
        std::string key;
        Duration paused{};  // how long the nodes stood still
        std::uint64_t bytes = 0;
    };
    // Saves the cluster as it is now, as `label`; it goes on. The run's owner lock is held by the caller.
    Saved save(const RunInfo& run, const std::string& label, const Context& context);

    // The cluster becomes what it was: its machines end, and run again from the checkpoint, with the same ports unless
    // its switch has ended, too. When this throws, the run may have no machines; it can go back again. `state`: the
    // checkpoint's usable_state(), which the caller has read to see whether it is one.
    void rewind(const RunInfo& run, HeldCheckpoint& held, ClusterState state, const Context& context);

    // A new run, kept, that goes on from the checkpoint, likewise. When this throws, nothing of it runs.
    void restore(RunStore::Created& created, HeldCheckpoint& held, ClusterState state, const Context& context);

private:
    // Those of its nodes that are known, each reached when it is first used.
    [[nodiscard]] std::vector<std::unique_ptr<guest::Node>> connect(const RunInfo& run, const ClusterState& state);
    void set_clocks_right(const std::vector<std::unique_ptr<guest::Node>>& guests, const Context& context);
    void bring_up(ClusterState& state, HeldCheckpoint& held, const RunFolder& folder, const std::string& run,
                  ClusterNetwork& network, const Context& context);

    const Parts& parts_;
    events::Bus& bus_;
    const RunStore& runs_;
};

}  // namespace crib::engine
