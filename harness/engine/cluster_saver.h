#pragma once
// ClusterSaver: all nodes of a running cluster at one instant, into the keeper of checkpoints.

#include "harness/engine/checkpoints.h"
#include "harness/engine/cluster_state.h"
#include "harness/guest/node.h"
#include "harness/hypervisor/hypervisor.h"

#include <memory>
#include <string>
#include <vector>

namespace crib::engine {

class ClusterSaver {
public:
    ClusterSaver(hypervisor::Hypervisor& hypervisor, CheckpointKeeper& keeper, RunFolder folder)
        : hypervisor_(hypervisor), keeper_(keeper), folder_(std::move(folder)) {}

    struct What {
        checkpoint::KeyChain chain;  // what led there
        std::string scenario;        // its name
    };
    struct Saved {
        std::unique_ptr<HeldCheckpoint> held;
        Duration paused{};  // how long the guests stood still
    };

    // The nodes stop, are written down, and go on upon new overlays, which `state` then names; the clocks of `guests`
    // are set right. When this throws, the cluster runs on the disks that it had, `state` is as before, and it can be
    // saved another time; unless that failed as well: then `state` is not savable any more, and the text says why.
    [[nodiscard]] Saved save(ClusterState& state, const std::vector<guest::Node*>& guests, const What& what,
                             const Context& context);

private:
    [[nodiscard]] std::filesystem::path memory_folder(const ClusterState& state) const;
    [[nodiscard]] std::filesystem::path make_memory_folder(const ClusterState& state) const;
    void remove_memory_folder(const std::filesystem::path& memory) const;
    [[nodiscard]] std::vector<hypervisor::SaveSpec> plan(const ClusterState& state,
                                                         const std::filesystem::path& memory) const;
    [[nodiscard]] std::unique_ptr<HeldCheckpoint> keep(ClusterState& state,
                                                       const std::vector<hypervisor::SaveSpec>& specs,
                                                       const hypervisor::SaveResult& result, const What& what,
                                                       const Context& context);

    hypervisor::Hypervisor& hypervisor_;
    CheckpointKeeper& keeper_;
    RunFolder folder_;
};

}  // namespace crib::engine
