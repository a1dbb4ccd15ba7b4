#pragma once
// ClusterState: what, beside memory and disks, makes up a cluster at one instant. Kept with each checkpoint, and in the
// private folder of a run that may be saved or rewound. Holds secrets: keys, tokens.

#include "harness/base/clock.h"
#include "harness/engine/parts.h"

#include <string>
#include <vector>

namespace crib::engine {

struct StateNode {
    CellNode node;
    std::string cpu_model;
    std::filesystem::path kernel;
    std::filesystem::path initrd;
    std::string cmdline;
    std::vector<NodeDisk> disks;  // vda, vdb ... in this order; of a checkpoint's layered ones without their files
    std::string description;      // the hypervisor's, of the saved machine; empty for one that was never saved
    bool ready = false;           // the API server called it Ready when it was saved
};

// What a step left to later ones.
struct StepValue {
    std::string value;
    bool secret = false;
};

// What a cluster was made from: enough to read its scenario again.
struct Origin {
    std::string scenario_file;
    std::vector<std::string> sets;  // as of RunInfo
    std::vector<std::string> swaps;
    std::string until;
};

struct ClusterState {
    std::string stage;    // the last one that has ended; or empty
    bool begun = true;    // steps of a later stage may have run, wholly or in part
    bool savable = true;  // false: a save failed and could not be undone: the disks have layers that no keeper knows
    Origin origin{};
    WallTime saved{};
    hypervisor::Acceleration acceleration = hypervisor::Acceleration::tcg;
    std::string hypervisor{};  // version_key() of what runs the machines, and so writes their memory; not always known
    double slowness = 1.0;
    bool internet = false;
    std::map<std::string, std::filesystem::path> served;
    RunKeys keys;
    std::string kubeconfig;  // the administrator's; empty before there is one
    std::map<std::string, StepValue> outputs;
    std::map<std::string, int> restarts;  // of each container, where all pods ran when it was saved; else empty
    std::vector<StateNode> nodes;
};

[[nodiscard]] std::string to_json(const ClusterState& state);

// Error(environment) when the text is not what to_json() writes, or its nodes are none of crib's (state_rules.h).
[[nodiscard]] ClusterState parse_cluster_state(const std::string& text);

// Files and folders of the caches that machines in this state need, beside what their frozen disks stand on.
[[nodiscard]] std::vector<std::filesystem::path> files_needed(const ClusterState& state);

// The place of the disk that hypervisor::target_of_disk() calls so.
[[nodiscard]] std::size_t disk_index(const std::string& target);

// What the hypervisor is told of a node's machine, but for its disks: the same for a first start and for a restored
// one.
[[nodiscard]] hypervisor::MachineSpec machine_of(const StateNode& node, const ClusterState& state,
                                                 const std::string& run_id, const RunFolder& folder,
                                                 const ClusterNetwork& network);

// Writes down how the nodes are reached: the run's key into its folder, ports and names into its info, which the caller
// saves.
void describe_reach(const ClusterState& state, const ClusterNetwork& network, const RunFolder& folder, RunInfo& info);

}  // namespace crib::engine
