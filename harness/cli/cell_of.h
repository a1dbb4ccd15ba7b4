#pragma once
// A scenario as the catalogue's rules look at it.

#include "harness/catalogue/legality.h"
#include "harness/scenario/scenario.h"

namespace crib::cli {

// The runtime is what the scenario sets as RUNTIME for every node or some; not known without that, as the recipe or the
// node image decides then.
[[nodiscard]] catalogue::Cell cell_of(const scenario::Scenario& scenario);

}  // namespace crib::cli
