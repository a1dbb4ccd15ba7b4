#pragma once
// On which nodes a step runs. Internal to provision.

#include "harness/provision/plan.h"

namespace crib::provision {

// The node that kubeadm init runs on. Error(usage) when there is none.
[[nodiscard]] const NodeFacts& first_control_plane(const std::vector<NodeFacts>& nodes);

// Does the recipe give the step to this node? `nodes` are all of the cluster's.
[[nodiscard]] bool selects(const RecipeStep& step, const NodeFacts& node, const std::vector<NodeFacts>& nodes);

}  // namespace crib::provision
