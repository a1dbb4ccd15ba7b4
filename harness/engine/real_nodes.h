#pragma once
// Nodes and the cluster as they really are: guests over SSH, the API server through its forward.

#include "harness/engine/parts.h"

namespace crib::engine {

class GuestConnector final : public NodeConnector {
public:
    std::unique_ptr<guest::Node> connect(const CellNode& node, std::uint16_t ssh_port, const RunKeys& keys,
                                         const RunFolder& folder) override;
};

class LiveClusterViewer final : public ClusterViewer {
public:
    std::unique_ptr<check::ClusterView> view(const std::string& kubeconfig, std::uint16_t api_port,
                                             const std::vector<CellNode>& nodes,
                                             const std::vector<guest::Node*>& guests) override;
};

}  // namespace crib::engine
