#include "harness/scenario/recipe_steps.h"

#include <algorithm>

namespace crib::scenario {

RecipeSteps::RecipeSteps(const Reading& reading) : reading_(reading) {
    const auto& names = reading.known.recipe_names;
    const auto recipe = names.find(reading.scenario.recipe);
    is_known_ = recipe != names.end();
    if (is_known_) ids_ = recipe->second.steps;
    for (const auto& mutation : reading.scenario.mutations) {
        if (!mutation.id.empty()) add(mutation.id, mutation.nodes.empty() ? nodes_of(mutation.step) : mutation.nodes);
    }
}

void RecipeSteps::add(const std::string& id, std::vector<std::string> nodes) {
    ids_.push_back(id);
    inserted_on_[id] = std::move(nodes);
}

std::vector<std::string> RecipeSteps::nodes_of(const std::string& id) const {
    if (const auto inserted = inserted_on_.find(id); inserted != inserted_on_.end()) return inserted->second;
    auto nodes = reading_.node_names();
    const auto recipe = reading_.known.recipe_names.find(reading_.scenario.recipe);
    if (recipe == reading_.known.recipe_names.end()) return nodes;
    const auto& only_on = recipe->second.only_on;
    const auto role = only_on.find(id);
    if (role == only_on.end()) return nodes;
    nodes.clear();
    for (const auto& node : reading_.scenario.nodes) {
        if (node.role == role->second) nodes.push_back(node.name);
    }
    return nodes;
}

bool RecipeSteps::has_own(const std::string& id) const {
    return std::find(ids_.begin(), ids_.end(), id) != ids_.end();
}

bool RecipeSteps::require(const std::string& id, const std::string& path) const {
    if (may_have(id)) return true;
    reading_.fields.require_known(id, path, "step of " + reading_.scenario.recipe, ids_);
    return false;
}

}  // namespace crib::scenario
