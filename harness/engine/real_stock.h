#pragma once
// What of a scenario's components and images is on this machine already. Nothing is built, made or fetched.

#include "harness/base/context.h"
#include "harness/base/folders.h"
#include "harness/engine/run_plan.h"
#include "harness/process/runner.h"

namespace crib::engine {

// Error(usage) for a version or an image that is not on offer.
[[nodiscard]] Stock look_at_stock(process::Runner& runner, const Folders& folders, const scenario::Scenario& scenario,
                                  const Context& context);

}  // namespace crib::engine
