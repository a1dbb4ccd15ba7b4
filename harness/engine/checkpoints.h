#pragma once
// Where the engine keeps checkpoints of whole clusters, and gets them from. The real one is over the store of
// harness/checkpoint.

#include "harness/base/context.h"
#include "harness/checkpoint/entry.h"
#include "harness/checkpoint/keys.h"
#include "harness/engine/parts.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace crib::engine {

struct FrozenDisk {
    std::filesystem::path file;     // qcow2
    std::filesystem::path backing;  // what lies below its own clusters, in the cache
};

struct FrozenNode {
    std::filesystem::path memory;             // as Hypervisor::save() made it
    std::filesystem::path state;              // likewise
    std::map<std::string, FrozenDisk> disks;  // the layered ones, by target
};

struct FrozenCluster {
    checkpoint::KeyChain chain;  // what led there
    std::string scenario;        // its name
    std::string state;           // a ClusterState as JSON
    std::map<std::string, FrozenNode> nodes;
};

// A checkpoint that is in use: nobody removes it while this lives.
class HeldCheckpoint {
public:
    virtual ~HeldCheckpoint() = default;
    // A ClusterState as JSON, as it was found: usable_state() reads and judges it.
    [[nodiscard]] virtual const std::string& state() const = 0;
    [[nodiscard]] virtual const std::string& key() const = 0;
    [[nodiscard]] virtual const checkpoint::KeyChain& chain() const = 0;    // what led there
    [[nodiscard]] virtual std::vector<checkpoint::Part> parts() const = 0;  // its own, of all nodes

    // Where a node's memory is, or is being unpacked to, as long as this lives: hypervisor::RestoreSpec::memory.
    virtual std::filesystem::path memory(const std::string& node, const Context& context) = 0;
    // Writes the state of a node's machine into a FIFO: hypervisor::RestoreSpec::state. What lies behind its head when
    // the memory is all there. Error(environment) when either is damaged.
    virtual void write_state(const std::string& node, const std::filesystem::path& to, const Context& context) = 0;
    // A node's layers, verified. Error(environment) for damaged ones.
    virtual Layers layers(const std::string& node, const Context& context) = 0;
    [[nodiscard]] virtual std::uint64_t bytes() const = 0;  // in the store
};

// One that somebody gave a name.
struct NamedCheckpoint {
    std::string name;
    checkpoint::KeyChain chain;
    std::string state;  // a ClusterState as JSON
};

class CheckpointKeeper {
public:
    virtual ~CheckpointKeeper() = default;

    // Nothing when there is none; `why` then says why, naming the nearest one and what differs.
    [[nodiscard]] virtual std::unique_ptr<HeldCheckpoint> find(const checkpoint::KeyChain& chain, std::string& why,
                                                               const Context& context) = 0;

    // Stores it. On return the files may be built upon through the held checkpoint's layers. Error(environment), with
    // nothing left behind, when it cannot be stored: no room, or somebody else is at it.
    [[nodiscard]] virtual std::unique_ptr<HeldCheckpoint> keep(const FrozenCluster& cluster,
                                                               const Context& context) = 0;

    // From then on it is found by this name too, as long as there is room for it.
    virtual void name(const std::string& name, const std::string& key, const Context& context) = 0;

    // The newest last.
    [[nodiscard]] virtual std::vector<NamedCheckpoint> named() const = 0;

    // A cluster that is left running stands on it: it stays until the run has ended.
    virtual void hold(const std::string& run, const std::string& key) = 0;

    // A damaged one, so that nobody tries again.
    virtual void drop(const std::string& key) noexcept = 0;
};

}  // namespace crib::engine
