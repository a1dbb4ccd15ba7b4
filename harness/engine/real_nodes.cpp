#include "harness/engine/real_nodes.h"

#include "harness/base/error.h"
#include "harness/check/kubernetes_client.h"
#include "harness/check/live_cluster.h"
#include "harness/guest/guest.h"

#include <algorithm>
#include <utility>

namespace crib::engine {
namespace {

// Owns the client that the view uses.
class ClusterWithClient final : public check::ClusterView {
public:
    ClusterWithClient(const std::string& kubeconfig, std::uint16_t api_port, check::RunOnNode run_on_node,
                      std::vector<std::string> names, std::string control_plane)
        : client_(check::read_admin_config(kubeconfig), {api_port}),
          view_(client_, std::move(run_on_node), std::move(names), std::move(control_plane)) {}

    [[nodiscard]] std::vector<std::string> nodes() const override { return view_.nodes(); }
    [[nodiscard]] std::string control_plane() const override { return view_.control_plane(); }
    check::Answer get(const std::string& path, const Context& context) override { return view_.get(path, context); }
    check::Answer create(const std::string& path, const std::string& json, const Context& context) override {
        return view_.create(path, json, context);
    }
    check::Answer remove(const std::string& path, const Context& context) override {
        return view_.remove(path, context);
    }
    bool wait_for_change(const std::string& path, const std::string& resource_version,
                         const Context& context) override {
        return view_.wait_for_change(path, resource_version, context);
    }
    check::NodeRun run(const std::string& node, const std::string& script, const Context& context) override {
        return view_.run(node, script, context);
    }

private:
    check::KubernetesClient client_;
    check::LiveCluster view_;
};

check::NodeRun run_on(const std::vector<guest::Node*>& guests, const std::string& name, const std::string& script,
                      const Context& context) {
    const auto found =
        std::find_if(guests.begin(), guests.end(), [&](const guest::Node* node) { return node->name() == name; });
    if (found == guests.end()) throw Error(ErrorKind::internal, "there is no node " + name);
    ssh::Exec exec;
    exec.script = script;
    exec.name = "check";
    const auto result = (*found)->run(exec, context);
    if (const auto* lost = std::get_if<ssh::Disconnected>(&result.end)) {
        throw Error(ErrorKind::ssh, name + ": lost the connection: " + lost->reason);
    }
    return {result.ok(), result.how_it_ended(), result.out, result.err};
}

}  // namespace

std::unique_ptr<guest::Node> GuestConnector::connect(const CellNode& node, std::uint16_t ssh_port, const RunKeys& keys,
                                                     const RunFolder& folder) {
    ssh::Target target;
    target.node = node.name();
    target.port = ssh_port;
    target.private_key = folder.user_key();
    target.host_key = keys.host_public;
    return std::make_unique<guest::Guest>(node.name(), node.ip, target, folder.console(node.name()));
}

std::unique_ptr<check::ClusterView> LiveClusterViewer::view(const std::string& kubeconfig, std::uint16_t api_port,
                                                            const std::vector<CellNode>& nodes,
                                                            const std::vector<guest::Node*>& guests) {
    std::vector<std::string> names;
    std::string control_plane;
    for (const auto& node : nodes) {
        names.push_back(node.name());
        if (control_plane.empty() && node.control_plane()) control_plane = node.name();
    }
    const auto run_on_node = [guests](const std::string& node, const std::string& script, const Context& context) {
        return run_on(guests, node, script, context);
    };
    return std::make_unique<ClusterWithClient>(kubeconfig, api_port, run_on_node, names, control_plane);
}

}  // namespace crib::engine
