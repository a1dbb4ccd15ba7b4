#include "tests/unit/engine/simulated_parts.h"

#include "harness/base/file.h"

#include <algorithm>
#include <fstream>
#include <utility>

namespace crib::test {
namespace {

class SimulatedNetwork final : public engine::ClusterNetwork {
public:
    explicit SimulatedNetwork(std::shared_ptr<NetworkState> state) : state_(std::move(state)) {
        const std::lock_guard lock(state_->mutex);
        state_->running = true;
    }
    [[nodiscard]] std::uint16_t port_of(const std::string&) const override { return 4000; }
    [[nodiscard]] std::uint16_t ssh_port_of(const std::string&) const override { return 4022; }
    [[nodiscard]] std::uint16_t api_port() const override { return 4443; }
    [[nodiscard]] std::optional<std::string> trouble() override {
        const std::lock_guard lock(state_->mutex);
        if (state_->trouble && state_->looks_before_trouble-- > 0) return std::nullopt;
        return state_->trouble;
    }
    [[nodiscard]] std::string report(const Context&) override { return "no frames\n"; }
    void stop() noexcept override {
        const std::lock_guard lock(state_->mutex);
        state_->running = false;
    }

private:
    std::shared_ptr<NetworkState> state_;
};

// The engine owns its nodes; the test's guest stays the test's.
class BorrowedGuest final : public guest::Node {
public:
    explicit BorrowedGuest(std::shared_ptr<SimulatedGuest> guest) : guest_(std::move(guest)) {}
    [[nodiscard]] const std::string& name() const override { return guest_->name(); }
    [[nodiscard]] const std::string& ip() const override { return guest_->ip(); }
    void wait_ready(const Context& context, const guest::OnProgress& on_progress) override {
        guest_->wait_ready(context, on_progress);
    }
    ssh::ExecResult run(const ssh::Exec& exec, const Context& context) override { return guest_->run(exec, context); }
    void upload(const std::filesystem::path& local, const std::string& remote, unsigned mode,
                const Context& context) override {
        guest_->upload(local, remote, mode, context);
    }
    void upload_text(const std::string& text, const std::string& remote, unsigned mode,
                     const Context& context) override {
        guest_->upload_text(text, remote, mode, context);
    }
    void download(const std::string& remote, const std::filesystem::path& local, const Context& context) override {
        guest_->download(remote, local, context);
    }
    void forget_sessions() override { guest_->forget_sessions(); }
    [[nodiscard]] std::vector<guest::Finding> console_findings() override { return guest_->console_findings(); }

private:
    std::shared_ptr<SimulatedGuest> guest_;
};

class BorrowedView final : public check::ClusterView {
public:
    explicit BorrowedView(std::shared_ptr<FakeCluster> cluster) : cluster_(std::move(cluster)) {}
    [[nodiscard]] std::vector<std::string> nodes() const override { return cluster_->nodes(); }
    [[nodiscard]] std::string control_plane() const override { return cluster_->control_plane(); }
    check::Answer get(const std::string& path, const Context& c) override { return cluster_->get(path, c); }
    check::Answer create(const std::string& path, const std::string& json, const Context& c) override {
        return cluster_->create(path, json, c);
    }
    check::Answer remove(const std::string& path, const Context& c) override { return cluster_->remove(path, c); }
    bool wait_for_change(const std::string& path, const std::string& version, const Context& c) override {
        return cluster_->wait_for_change(path, version, c);
    }
    check::NodeRun run(const std::string& node, const std::string& script, const Context& c) override {
        return cluster_->run(node, script, c);
    }

private:
    std::shared_ptr<FakeCluster> cluster_;
};

class SimulatedHold final : public engine::HeldCheckpoint {
public:
    SimulatedHold(const SimulatedCheckpoints& all, std::string key) : all_(all), key_(std::move(key)) {}
    [[nodiscard]] const std::string& state() const override { return all_.kept.at(key_).state; }
    std::filesystem::path memory(const std::string& node, const Context&) override {
        const auto file = memories_.path() / node;
        write_file(file, all_.memories.at(key_).at(node));
        return file;
    }
    void write_state(const std::string& node, const std::filesystem::path& to, const Context&) override {
        if (all_.damaged.contains(key_)) throw Error(ErrorKind::environment, "the memory of " + node + " is damaged");
        std::ofstream(to) << all_.states.at(key_).at(node);  // into a FIFO as well
        if (all_.unread.contains(key_)) throw Error(ErrorKind::process, "the reader went away");
    }
    engine::Layers layers(const std::string& node, const Context&) override {
        return {{"vda", "/layers/" + all_.kept.at(key_).chain.back().stage + "/" + node}};
    }
    [[nodiscard]] const std::string& key() const override { return key_; }
    [[nodiscard]] const checkpoint::KeyChain& chain() const override { return all_.kept.at(key_).chain; }
    [[nodiscard]] std::vector<checkpoint::Part> parts() const override {
        using Kind = checkpoint::Part::Kind;
        std::vector<checkpoint::Part> parts;
        for (const auto& [name, node] : all_.kept.at(key_).nodes) {
            parts.push_back({Kind::memory, name, {}, 0, 0, {}});
            parts.push_back({Kind::machine, name, {}, 0, 0, {}});
            for (const auto& [target, disk] : node.disks)
                parts.push_back({Kind::disk, name + " " + target, {}, 0, 0, {}});
        }
        return parts;
    }
    [[nodiscard]] std::uint64_t bytes() const override { return 1U << 30U; }

private:
    const SimulatedCheckpoints& all_;
    std::string key_;
    TempFolder memories_{std::filesystem::temp_directory_path(), "crib-simulated"};
};

}  // namespace

std::unique_ptr<engine::HeldCheckpoint> SimulatedCheckpoints::find(const checkpoint::KeyChain& chain, std::string& why,
                                                                   const Context&) {
    const auto& key = checkpoint::key_of(chain);
    if (kept.contains(key)) return std::make_unique<SimulatedHold>(*this, key);
    why = "none was saved";
    return nullptr;
}

std::unique_ptr<engine::HeldCheckpoint> SimulatedCheckpoints::keep(const engine::FrozenCluster& cluster,
                                                                   const Context& context) {
    given = context.remaining();
    if (refuses) throw *refuses;
    const auto& key = checkpoint::key_of(cluster.chain);
    if (kept.contains(key)) throw Error(ErrorKind::environment, "it is there already");
    kept[key] = cluster;
    for (const auto& [name, node] : cluster.nodes) {
        memories[key][name] = read_file(node.memory);
        states[key][name] = read_file(node.state);
    }
    return std::make_unique<SimulatedHold>(*this, key);
}

std::vector<engine::NamedCheckpoint> SimulatedCheckpoints::named() const {
    std::vector<engine::NamedCheckpoint> all;
    for (const auto& [name, key] : names) all.push_back({name, kept.at(key).chain, kept.at(key).state});
    return all;
}

void SimulatedCheckpoints::drop(const std::string& key) noexcept {
    kept.erase(key);
    dropped.push_back(key);
}

std::vector<std::string> SimulatedCheckpoints::stages() const {
    std::vector<std::string> all;
    for (const auto& [key, cluster] : kept) all.push_back(cluster.chain.back().stage);
    std::sort(all.begin(), all.end());
    return all;
}

bool StillClock::sleep_until(TimePoint, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    const bool poked = changed_.wait(lock, stop, [this] { return pokes_ > 0; });
    if (poked) --pokes_;
    return !stop.stop_requested();
}

void StillClock::poke() {
    const std::lock_guard lock(mutex_);
    ++pokes_;
    changed_.notify_all();
}

engine::Supply SimulatedSupplier::prepare(const scenario::Scenario& scenario, const Context&) {
    calls.emplace_back("prepare");
    if (fails) throw *fails;
    engine::Supply supply;
    supply.os[scenario.os] = {kernel, initrd, "/base.qcow2", ByteSize::gib(16), {}};
    supply.images = {{"pause", "registry.k8s.io/pause:3.10.2"}, {"nginx", "docker.io/library/nginx:1"}};
    supply.reported = reported;
    supply.flannel_manifest = "apiVersion: v1\n";
    supply.served = served;
    return supply;
}

std::vector<engine::NodeDisk> SimulatedSupplier::make_disks(const engine::Supply& supply, const engine::CellNode& node,
                                                            const std::vector<engine::CellNode>&,
                                                            const engine::RunKeys&, const std::filesystem::path& folder,
                                                            const Context&) {
    calls.push_back("disks of " + node.name());
    using Kind = engine::NodeDisk::Kind;
    return {{Kind::layered, {folder / "root.qcow2", {}, false, "crib-root"}, supply.os.at(node.asked.os).base_disk},
            {Kind::seed, {folder / "seed.iso", hypervisor::DiskFormat::raw, true, "crib-seed"}}};
}

std::vector<engine::NodeDisk> SimulatedSupplier::make_disks_over(const engine::Layers& layers,
                                                                 const engine::StateNode& node,
                                                                 const engine::ClusterState&,
                                                                 const std::filesystem::path& folder, const Context&) {
    const std::scoped_lock lock(mutex_);  // nodes are restored side by side
    calls.push_back("disks of " + node.node.name() + " over " + layers.at("vda").string());
    auto disks = node.disks;
    disks.at(0).base = layers.at("vda");
    disks.at(0).spec.file = folder / "vda.qcow2";
    return disks;
}

engine::RunKeys SimulatedSupplier::make_keys(const std::string&) {
    return {"private", "public", "host", "ssh-ed25519 AAAA"};
}

engine::Supplier::Acceleration SimulatedSupplier::find_acceleration(const engine::Supply&, const Context&) {
    return {hypervisor::Acceleration::tcg, "it is a simulation"};
}

std::unique_ptr<engine::ClusterNetwork> SimulatedNetworkStarter::start(const engine::NetworkPlan&,
                                                                       const engine::RunFolder&, const Context&) {
    if (fails) throw *fails;
    ++state->starts;
    return std::make_unique<SimulatedNetwork>(state);
}

std::unique_ptr<engine::ClusterNetwork> SimulatedNetworkStarter::attach(const engine::RunFolder& folder) {
    if (!state->running) throw Error(ErrorKind::network, "no switch serves " + folder.path.string());
    return std::make_unique<SimulatedNetwork>(state);
}

std::shared_ptr<SimulatedGuest> SimulatedConnector::guest(const std::string& name, const std::string& ip) {
    auto& guest = guests[name];
    if (!guest) guest = std::make_shared<SimulatedGuest>(name, ip);
    return guest;
}

std::unique_ptr<guest::Node> SimulatedConnector::connect(const engine::CellNode& node, std::uint16_t,
                                                         const engine::RunKeys&, const engine::RunFolder&) {
    ++connections;
    return std::make_unique<BorrowedGuest>(guest(node.name(), node.ip));
}

std::unique_ptr<check::ClusterView> SimulatedViewer::view(const std::string&, std::uint16_t,
                                                          const std::vector<engine::CellNode>&,
                                                          const std::vector<guest::Node*>&) {
    return std::make_unique<BorrowedView>(cluster);
}

}  // namespace crib::test
