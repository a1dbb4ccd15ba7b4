#include "harness/engine/kept_network.h"

#include "harness/base/error.h"

#include <algorithm>

namespace crib::engine {
namespace {

bool same_nodes(const std::vector<CellNode>& nodes, const ClusterState& state) {
    return std::equal(nodes.begin(), nodes.end(), state.nodes.begin(), state.nodes.end(),
                      [](const CellNode& a, const StateNode& b) {
                          return a.name() == b.node.name() && a.ip == b.node.ip && a.mac == b.node.mac;
                      });
}

}  // namespace

std::unique_ptr<ClusterNetwork> network_again(const Parts& parts, events::Bus& bus, const RunFolder& folder,
                                              const ClusterState& now, const NetworkPlan& wanted,
                                              const Context& context) {
    std::unique_ptr<ClusterNetwork> running;
    try {
        running = parts.network.attach(folder);
    } catch (const Error& error) {
        bus.info(std::string("the cluster gets a new switch: ") + error.what());
    }
    if (running && now.served == wanted.served && same_nodes(wanted.nodes, now)) return running;
    if (running) running->stop();
    return parts.network.start(wanted, folder, context);
}

}  // namespace crib::engine
