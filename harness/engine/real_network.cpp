#include "harness/engine/real_network.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/network/switch.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace crib::engine {
namespace {

constexpr std::uint16_t kSsh = 22;
constexpr std::uint16_t kApiServer = 6443;

std::string report_of(const network::SwitchStats& stats) {
    std::string text = fmt::format("{:<16}{:>12}{:>14}{:>8}{:>12}{:>14}{:>8}\n", "port", "frames in", "bytes in",
                                   "drops", "frames out", "bytes out", "drops");
    for (const auto& port : stats.ports) {
        text += fmt::format("{:<16}{:>12}{:>14}{:>8}{:>12}{:>14}{:>8}\n", port.name, port.in.frames, port.in.bytes,
                            port.in.drops, port.out.frames, port.out.bytes, port.out.drops);
    }
    text += fmt::format(
        "\npackets for addresses outside the cluster, refused at the gateway: {}{}\n", stats.refused,
        stats.refused_destinations.empty() ? "" : " (among them for " + join(stats.refused_destinations, ", ") + ")");
    text += fmt::format("names looked up: {}, files served: {}\n", stats.dns_queries, stats.http_requests);
    return text;
}

class SwitchNetwork final : public ClusterNetwork {
public:
    SwitchNetwork(network::Switch made, std::filesystem::path log) : switch_(std::move(made)), log_(std::move(log)) {}

    [[nodiscard]] std::uint16_t port_of(const std::string& node) const override { return switch_.port_of(node); }
    [[nodiscard]] std::uint16_t ssh_port_of(const std::string& node) const override {
        return switch_.forward("ssh-" + node);
    }
    [[nodiscard]] std::uint16_t api_port() const override { return switch_.forward("api"); }

    [[nodiscard]] std::optional<std::string> trouble() override {
        if (switch_.alive()) return std::nullopt;
        const auto last = last_lines(read_tail(log_, 2000), 1);
        return "the cluster's switch (crib-switch) is gone" + (last.empty() ? "" : "; its last words: " + last);
    }

    [[nodiscard]] std::string report(const Context& context) override { return report_of(switch_.stats(context)); }
    void stop() noexcept override { switch_.stop(); }

private:
    network::Switch switch_;
    std::filesystem::path log_;
};

network::SwitchConfig config_of(const NetworkPlan& plan) {
    const auto address = [](const CellNode& node) { return network::Ipv4::parse(node.ip).value(); };
    network::SwitchConfig config;
    config.run_id = plan.run_id;
    for (const auto& node : plan.nodes) {
        config.nodes.push_back({node.name(), network::Mac::parse(node.mac).value(), address(node)});
        config.forwards.push_back({"ssh-" + node.name(), address(node), kSsh});
    }
    const auto first =
        std::find_if(plan.nodes.begin(), plan.nodes.end(), [](const CellNode& node) { return node.control_plane(); });
    if (first != plan.nodes.end()) config.forwards.push_back({"api", address(*first), kApiServer});
    config.http = plan.served;
    config.internet = plan.internet;
    if (!plan.capture.empty()) config.capture = plan.capture;
    return config;
}

}  // namespace

std::unique_ptr<ClusterNetwork> SwitchStarter::attach(const RunFolder& folder) {
    return std::make_unique<SwitchNetwork>(network::Switch::attach(folder.path), folder.path / "switch.log");
}

std::unique_ptr<ClusterNetwork> SwitchStarter::start(const NetworkPlan& plan, const RunFolder& folder,
                                                     const Context& context) {
    auto made = network::Switch::start(runner_, program_, config_of(plan), folder.path, context);
    return std::make_unique<SwitchNetwork>(std::move(made), folder.path / "switch.log");
}

}  // namespace crib::engine
