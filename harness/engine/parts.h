#pragma once
// Parts: what the engine needs of the world, each behind an interface, so that a whole run can be
// simulated in a unit test. The real ones are in harness/engine/real_*.h.

#include "harness/base/context.h"
#include "harness/check/cluster_view.h"
#include "harness/engine/run_store.h"
#include "harness/guest/node.h"
#include "harness/hypervisor/hypervisor.h"
#include "harness/provision/recipe.h"
#include "harness/scenario/lock.h"
#include "harness/scenario/scenario.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace crib::engine {

// One node of a cell with what the engine assigned to it.
struct CellNode {
    scenario::Node asked;
    std::string ip;
    std::string mac;
    std::string machine;  // the domain's name: "crib-RUN-NODE"

    [[nodiscard]] const std::string& name() const { return asked.name; }
    [[nodiscard]] bool control_plane() const { return asked.role == scenario::Role::control_plane; }
};

// What an operating system's node image gives.
struct OsSupply {
    std::filesystem::path kernel;
    std::filesystem::path initrd;
    std::filesystem::path base_disk;              // qcow2, read only: nodes get overlays
    ByteSize disk;                                // what a node's root disk is to hold
    std::map<std::string, std::string> inputs;    // of the recipe, in place of its own values
    std::map<std::string, std::string> system{};  // "package_manager" to "apt": what recipes' steps differ by
};

// Everything that must be there before a VM starts.
struct Supply {
    std::map<std::string, OsSupply> os;                   // by image name
    std::filesystem::path image_store;                    // the disk of preloaded container images
    std::map<std::string, std::filesystem::path> served;  // path of a URL at the gateway -> folder
    std::map<std::string, std::string> images;            // "pause", "nginx" -> full reference
    std::string flannel_manifest;                         // its text
    std::map<std::string, std::string> reported;          // "cri-o" -> what a checkout under test says it is
    scenario::Lock lock{};                                // its components, images and packages
    std::map<std::string, std::string> facts;             // for the record: sources, digests, version strings
};

// The keys of a run: made by crib, used once.
struct RunKeys {
    std::string user_private;  // OpenSSH format
    std::string user_public;   // one line
    std::string host_private;
    std::string host_public;
};

// A disk of a node.
struct NodeDisk {
    enum class Kind {
        layered,  // written by the guest: frozen with each checkpoint
        seed,     // made anew for each run: the node's identity
        shared    // read by many runs, where it lies in the cache
    };
    Kind kind = Kind::layered;
    hypervisor::DiskSpec spec{};
    std::filesystem::path base{};  // layered: what lies below the clusters written since, in the cache
};

struct StateNode;
struct ClusterState;

// The layers of a node's disks by target ("vda"): files that nobody writes to any more, to be built upon.
using Layers = std::map<std::string, std::filesystem::path>;

class Supplier {
public:
    virtual ~Supplier() = default;
    // Builds or fetches what is missing; the progress is published as events.
    virtual Supply prepare(const scenario::Scenario& scenario, const Context& context) = 0;
    // The disks of one node, in order: root overlay, seed, swap, image store.
    virtual std::vector<NodeDisk> make_disks(const Supply& supply, const CellNode& node,
                                             const std::vector<CellNode>& all, const RunKeys& keys,
                                             const std::filesystem::path& folder, const Context& context) = 0;
    // The disks of a node that goes on from a checkpoint, in the same order: new overlays over its layers, its seed.
    virtual std::vector<NodeDisk> make_disks_over(const Layers& layers, const StateNode& node,
                                                  const ClusterState& state, const std::filesystem::path& folder,
                                                  const Context& context) = 0;
    virtual RunKeys make_keys(const std::string& run_id) = 0;

    // What speeds the guests' CPUs up on this host, found out by booting a kernel of the supply; remembered.
    struct Acceleration {
        hypervisor::Acceleration kind = hypervisor::Acceleration::tcg;
        std::string reason;  // one line for a person: why it is not KVM
    };
    virtual Acceleration find_acceleration(const Supply& supply, const Context& context) = 0;
};

struct NetworkPlan {
    std::string run_id;
    std::vector<CellNode> nodes;
    std::map<std::string, std::filesystem::path> served;
    bool internet = false;
    std::filesystem::path capture;  // empty: none
};

// The cluster's switch, running.
class ClusterNetwork {
public:
    virtual ~ClusterNetwork() = default;
    [[nodiscard]] virtual std::uint16_t port_of(const std::string& node) const = 0;      // QEMU connects to it
    [[nodiscard]] virtual std::uint16_t ssh_port_of(const std::string& node) const = 0;  // on 127.0.0.1
    [[nodiscard]] virtual std::uint16_t api_port() const = 0;                            // on 127.0.0.1
    // Why it does not work any more; nothing while it does.
    [[nodiscard]] virtual std::optional<std::string> trouble() = 0;
    // Counters for the record: a line a port, and what was refused.
    [[nodiscard]] virtual std::string report(const Context& context) = 0;
    virtual void stop() noexcept = 0;
};

class NetworkStarter {
public:
    virtual ~NetworkStarter() = default;
    // The one that serves the run already, begun by another crib. Error(network) when there is none.
    virtual std::unique_ptr<ClusterNetwork> attach(const RunFolder& folder) = 0;
    virtual std::unique_ptr<ClusterNetwork> start(const NetworkPlan& plan, const RunFolder& folder,
                                                  const Context& context) = 0;
};

class NodeConnector {
public:
    virtual ~NodeConnector() = default;
    virtual std::unique_ptr<guest::Node> connect(const CellNode& node, std::uint16_t ssh_port, const RunKeys& keys,
                                                 const RunFolder& folder) = 0;
};

// Makes views of a cluster whose administrator's kubeconfig is known.
class ClusterViewer {
public:
    virtual ~ClusterViewer() = default;
    virtual std::unique_ptr<check::ClusterView> view(const std::string& kubeconfig, std::uint16_t api_port,
                                                     const std::vector<CellNode>& nodes,
                                                     const std::vector<guest::Node*>& guests) = 0;
};

class CheckpointKeeper;

struct Parts {
    hypervisor::Hypervisor& hypervisor;
    Supplier& supplier;
    NetworkStarter& network;
    NodeConnector& nodes;
    ClusterViewer& viewer;
    CheckpointKeeper* checkpoints = nullptr;  // nothing: none are used or made
};

}  // namespace crib::engine
