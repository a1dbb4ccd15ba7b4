#pragma once
// SimulatedParts: a whole world for the engine, in memory: nothing boots, nothing waits.

#include "harness/engine/cell_runner.h"
#include "harness/engine/checkpoints.h"
#include "harness/engine/cluster_state.h"
#include "harness/engine/parts.h"
#include "tests/support/fake_cluster/fake_cluster.h"
#include "tests/support/manual_clock.h"
#include "tests/support/simulated_guest/simulated_guest.h"
#include "tests/support/simulated_hypervisor/simulated_hypervisor.h"

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace crib::test {

// A clock that stands still: who sleeps by it sleeps until stopped or poked.
class StillClock final : public Clock {
public:
    [[nodiscard]] TimePoint now() const override { return TimePoint{std::chrono::hours{1}}; }
    [[nodiscard]] WallTime wall_now() const override { return {}; }
    bool sleep_until(TimePoint when, const std::stop_token& stop) override;
    void poke();  // wakes one sleep, also one that is still to come

private:
    std::mutex mutex_;
    std::condition_variable_any changed_;
    int pokes_ = 0;
};

class SimulatedSupplier final : public engine::Supplier {
public:
    std::optional<Error> fails;
    std::vector<std::string> calls;
    std::map<std::string, std::string> reported;  // versions of checkouts under test
    std::filesystem::path kernel = "/kernel";
    std::filesystem::path initrd = "/initrd";
    std::map<std::string, std::filesystem::path> served;

    engine::Supply prepare(const scenario::Scenario& scenario, const Context& context) override;
    std::vector<engine::NodeDisk> make_disks(const engine::Supply& supply, const engine::CellNode& node,
                                             const std::vector<engine::CellNode>& all, const engine::RunKeys& keys,
                                             const std::filesystem::path& folder, const Context& context) override;
    std::vector<engine::NodeDisk> make_disks_over(const engine::Layers& layers, const engine::StateNode& node,
                                                  const engine::ClusterState& state,
                                                  const std::filesystem::path& folder, const Context& context) override;
    engine::RunKeys make_keys(const std::string& run_id) override;
    Acceleration find_acceleration(const engine::Supply& supply, const Context& context) override;

private:
    std::mutex mutex_;
};

struct NetworkState {
    bool running = false;
    int starts = 0;
    std::optional<std::string> trouble;
    int looks_before_trouble = 0;  // so many find none yet
    std::mutex mutex;
};

class SimulatedNetworkStarter final : public engine::NetworkStarter {
public:
    std::shared_ptr<NetworkState> state = std::make_shared<NetworkState>();
    std::optional<Error> fails;
    std::unique_ptr<engine::ClusterNetwork> attach(const engine::RunFolder& folder) override;
    std::unique_ptr<engine::ClusterNetwork> start(const engine::NetworkPlan& plan, const engine::RunFolder& folder,
                                                  const Context& context) override;
};

// Hands out the guests that the test scripted; the guests outlive the run, so that the test can ask them.
class SimulatedConnector final : public engine::NodeConnector {
public:
    std::map<std::string, std::shared_ptr<SimulatedGuest>> guests;
    std::atomic<int> connections = 0;
    std::shared_ptr<SimulatedGuest> guest(const std::string& name, const std::string& ip);
    std::unique_ptr<guest::Node> connect(const engine::CellNode& node, std::uint16_t ssh_port,
                                         const engine::RunKeys& keys, const engine::RunFolder& folder) override;
};

// Keeps checkpoints in memory, with faults on demand.
class SimulatedCheckpoints final : public engine::CheckpointKeeper {
public:
    std::map<std::string, engine::FrozenCluster> kept;                   // by key
    std::map<std::string, std::map<std::string, std::string>> memories;  // by key, by node
    std::map<std::string, std::map<std::string, std::string>> states;    // likewise
    std::optional<Error> refuses;                                        // what keep() throws
    std::optional<Duration> given;                                       // how long the last keep() might have taken
    std::set<std::string> damaged;                                       // keys whose memory turns out to be damaged
    std::set<std::string> unread;                                        // keys whose machines stop reading their state
    std::vector<std::string> dropped;
    std::map<std::string, std::string> held;                 // run to key
    std::vector<std::pair<std::string, std::string>> names;  // and their keys, in the order in which they were given

    std::unique_ptr<engine::HeldCheckpoint> find(const checkpoint::KeyChain& chain, std::string& why,
                                                 const Context& context) override;
    std::unique_ptr<engine::HeldCheckpoint> keep(const engine::FrozenCluster& cluster, const Context& context) override;
    void name(const std::string& name, const std::string& key, const Context&) override {
        names.emplace_back(name, key);
    }
    [[nodiscard]] std::vector<engine::NamedCheckpoint> named() const override;
    void hold(const std::string& run, const std::string& key) override { held[run] = key; }
    void drop(const std::string& key) noexcept override;

    [[nodiscard]] std::vector<std::string> stages() const;  // of what is kept, sorted
};

class SimulatedViewer final : public engine::ClusterViewer {
public:
    std::shared_ptr<FakeCluster> cluster = std::make_shared<FakeCluster>();
    std::unique_ptr<check::ClusterView> view(const std::string& kubeconfig, std::uint16_t api_port,
                                             const std::vector<engine::CellNode>& nodes,
                                             const std::vector<guest::Node*>& guests) override;
};

}  // namespace crib::test
