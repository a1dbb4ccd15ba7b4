#pragma once
// Needs: what the steps of a recipe wait for, on their own node and on others. Internal to provision; pure.

#include "harness/provision/recipe.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace crib::provision {

// Steps so that each stands behind all that it needs; among those that could be next, the recipe's order.
// Error(usage) when there is no such order.
[[nodiscard]] std::vector<RecipeStep> in_order(std::vector<RecipeStep> steps);

// Of one step, by nodes.
struct StepNodes {
    std::vector<bool> is_for;  // it is the node's, though it may be left out there
    std::vector<bool> runs;
};

class Needs {
public:
    // `nodes` has an element for each of the steps.
    Needs(const std::vector<RecipeStep>& steps, std::vector<StepNodes> nodes);

    // The ids of what this step of this node must wait for on other nodes. A step that is not run hands on what it
    // would have waited for itself, so that leaving it out changes nothing else.
    [[nodiscard]] std::vector<std::string> of(std::size_t step, std::size_t node);

private:
    struct Need {
        std::size_t step = 0;
        bool on_every_node = false;
    };
    using Steps = std::vector<std::size_t>;  // no two alike

    class Collector;

    const Steps& needs_of(std::size_t step, std::size_t node);  // of a step that is of this node
    // Who needs this step on all its nodes waits for these: the step itself, and what is waited for where it is left
    // out.
    const Steps& everywhere(std::size_t step);

    std::vector<std::string> ids_;
    std::vector<StepNodes> nodes_;
    std::vector<std::vector<Need>> needs_;
    std::vector<std::vector<std::optional<Steps>>> needs_of_;  // what has been found, by step and node
    std::vector<std::optional<Steps>> everywhere_;
};

}  // namespace crib::provision
