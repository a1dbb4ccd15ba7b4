#include "harness/scenario/recipe_steps.h"

#include <algorithm>

namespace crib::scenario {

RecipeSteps::RecipeSteps(const Reading& reading) : reading_(reading) {
    const auto& names = reading.known.recipe_names;
    const auto recipe = names.find(reading.scenario.recipe);
    is_known_ = recipe != names.end();
    if (is_known_) ids_ = recipe->second.steps;
    for (const auto& mutation : reading.scenario.mutations) {
        if (!mutation.id.empty()) ids_.push_back(mutation.id);
    }
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
