#include "harness/provision/selection.h"

#include "harness/base/error.h"

#include <algorithm>

namespace crib::provision {

const NodeFacts& first_control_plane(const std::vector<NodeFacts>& nodes) {
    const auto first =
        std::find_if(nodes.begin(), nodes.end(), [](const NodeFacts& node) { return node.control_plane; });
    if (first == nodes.end()) throw Error(ErrorKind::usage, "the cluster has no control plane");
    return *first;
}

bool selects(const RecipeStep& step, const NodeFacts& node, const std::vector<NodeFacts>& nodes) {
    if (!step.only_on.empty()) return step.only_on.count(node.name) != 0;
    switch (step.nodes) {
        case NodeSelector::all:
            return true;
        case NodeSelector::control_plane:
            return node.control_plane;
        case NodeSelector::first_control_plane:
            return node.name == first_control_plane(nodes).name;
        case NodeSelector::workers:
            return !node.control_plane;
    }
    return false;
}

}  // namespace crib::provision
