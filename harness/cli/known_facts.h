#pragma once
// What scenarios may name on this machine: images, components and versions, recipes with their steps, checks.

#include "harness/base/folders.h"
#include "harness/scenario/load.h"

namespace crib::cli {

// Error as of load_recipe() when a recipe of crib's own is broken.
[[nodiscard]] scenario::Known known_facts(const Folders& folders);

// The published schema of scenario files.
[[nodiscard]] std::filesystem::path schema_file(const Folders& folders);

}  // namespace crib::cli
