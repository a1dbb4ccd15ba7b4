#pragma once
// ClusterRestorer: a checkpoint becomes running nodes, in a run and network of their own.

#include "harness/engine/checkpoints.h"
#include "harness/events/bus.h"
#include "harness/guest/node.h"

#include <memory>
#include <string>
#include <vector>

namespace crib::engine {

class ClusterRestorer {
public:
    ClusterRestorer(const Parts& parts, events::Bus& bus, RunFolder folder, std::string run_id)
        : parts_(parts), bus_(bus), folder_(std::move(folder)), run_id_(std::move(run_id)) {}

    // The machines of `state` run again, answer SSH and have the host's time; `state` names their disks. When it
    // throws, no machine of them is left. The folder has the run's key; `network` is up and knows the nodes.
    [[nodiscard]] std::vector<std::unique_ptr<guest::Node>> restore(HeldCheckpoint& held, ClusterState& state,
                                                                    const ClusterNetwork& network,
                                                                    const Context& context);

    // Ends the machines of the cluster as it is now, sets their consoles aside and removes their disks.
    void make_way(const ClusterState& now) noexcept;

private:
    [[nodiscard]] hypervisor::RestoreSpec bring_files(HeldCheckpoint& held, const ClusterState& state, StateNode& node,
                                                      const ClusterNetwork& network, const Context& context);
    void load(HeldCheckpoint& held, const ClusterState& state, const std::vector<hypervisor::RestoreSpec>& specs,
              const Context& context);
    // SSH answers, and the guest's clock goes on from now: it stood still since it was saved.
    void wake(guest::Node& guest, const Context& context);

    const Parts& parts_;
    events::Bus& bus_;
    RunFolder folder_;
    std::string run_id_;
};

}  // namespace crib::engine
