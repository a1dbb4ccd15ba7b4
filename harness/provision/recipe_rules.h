#pragma once
// What must hold in a recipe as a whole: what its steps name is there. Internal to provision.

#include "harness/provision/recipe.h"

#include <filesystem>

namespace crib::provision {

// Error(usage) that begins with `file` and has everything that is wrong with it: a step that needs an unknown one, an
// input that nothing gives.
void require_sound(const Recipe& recipe, const std::filesystem::path& file);

}  // namespace crib::provision
