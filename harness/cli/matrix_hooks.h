#pragma once
// What the catalogue says to a matrix: what relative versions stand for, and which cells cannot be.

#include "harness/base/folders.h"
#include "harness/scenario/matrix.h"

namespace crib::cli {

// `base` are the single values of the scenario that the cells change: "os", "versions.kubernetes",
// "parameters.runtime.default".
[[nodiscard]] scenario::ExpandHooks catalogue_hooks(const Folders& folders, const scenario::Assignment& base);

}  // namespace crib::cli
