#pragma once
// LiveCluster: the view of a real cluster, by its API server and by a shell on its nodes.

#include "harness/check/cluster_view.h"
#include "harness/check/kubernetes_client.h"

#include <functional>

namespace crib::check {

// How a script gets to run on a node: usually over SSH. Throws Error when the node is not reached.
using RunOnNode = std::function<NodeRun(const std::string& node, const std::string& script, const Context&)>;

class LiveCluster final : public ClusterView {
public:
    // `nodes` in the scenario's order; the client is not owned and must live longer.
    LiveCluster(KubernetesClient& client, RunOnNode run_on_node, std::vector<std::string> nodes,
                std::string control_plane);

    [[nodiscard]] std::vector<std::string> nodes() const override { return nodes_; }
    [[nodiscard]] std::string control_plane() const override { return control_plane_; }
    Answer get(const std::string& path, const Context& context) override;
    Answer create(const std::string& path, const std::string& json, const Context& context) override;
    Answer remove(const std::string& path, const Context& context) override;
    bool wait_for_change(const std::string& path, const std::string& resource_version, const Context& context) override;
    NodeRun run(const std::string& node, const std::string& script, const Context& context) override;

private:
    KubernetesClient& client_;
    RunOnNode run_on_node_;
    std::vector<std::string> nodes_;
    std::string control_plane_;
};

}  // namespace crib::check
