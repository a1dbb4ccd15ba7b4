#pragma once
// Mutations that take each other's effect away. Internal to scenario.

#include "harness/scenario/reading.h"
#include "harness/scenario/recipe_steps.h"

namespace crib::scenario {

// Reports steps that are skipped or replaced twice on a node, or wherever another mutation inserts them, and inputs
// that a later mutation sets wherever an earlier one has set them.
void require_own_effects(Reading& reading, const RecipeSteps& steps);

}  // namespace crib::scenario
