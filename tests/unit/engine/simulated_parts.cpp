#include "tests/unit/engine/simulated_parts.h"

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

}  // namespace

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
    supply.os[scenario.os] = {"/kernel", "/initrd", "/base.qcow2", ByteSize::gib(16), {}};
    supply.images = {{"pause", "registry.k8s.io/pause:3.10.2"}, {"nginx", "docker.io/library/nginx:1"}};
    supply.reported = reported;
    supply.flannel_manifest = "apiVersion: v1\n";
    return supply;
}

std::vector<hypervisor::DiskSpec> SimulatedSupplier::make_disks(const engine::Supply&, const engine::CellNode& node,
                                                                const std::vector<engine::CellNode>&,
                                                                const engine::RunKeys&, const std::filesystem::path&,
                                                                const Context&) {
    calls.push_back("disks of " + node.name());
    return {};
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
    return std::make_unique<SimulatedNetwork>(state);
}

std::shared_ptr<SimulatedGuest> SimulatedConnector::guest(const std::string& name, const std::string& ip) {
    auto& guest = guests[name];
    if (!guest) guest = std::make_shared<SimulatedGuest>(name, ip);
    return guest;
}

std::unique_ptr<guest::Node> SimulatedConnector::connect(const engine::CellNode& node, std::uint16_t,
                                                         const engine::RunKeys&, const engine::RunFolder&) {
    return std::make_unique<BorrowedGuest>(guest(node.name(), node.ip));
}

std::unique_ptr<check::ClusterView> SimulatedViewer::view(const std::string&, std::uint16_t,
                                                          const std::vector<engine::CellNode>&,
                                                          const std::vector<guest::Node*>&) {
    return std::make_unique<BorrowedView>(cluster);
}

}  // namespace crib::test
