#pragma once
// What the catalogue says to a matrix: what relative versions stand for, and which cells cannot be.

#include "harness/cli/known_facts.h"
#include "harness/scenario/matrix.h"
#include "harness/scenario/scenario.h"

#include <optional>

namespace crib::cli {

// `values` are the single values of the scenario that the cells change ("os", "versions.kubernetes"), `scenario` is it
// itself, if it is one without a cell's values.
[[nodiscard]] scenario::ExpandHooks catalogue_hooks(const Knowledge& knowledge, const scenario::Assignment& values,
                                                    const std::optional<scenario::Scenario>& scenario);

}  // namespace crib::cli
