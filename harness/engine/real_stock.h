#pragma once
// What of a scenario's components and images is on this machine already. Nothing is built, made or fetched.

#include "harness/base/context.h"
#include "harness/base/folders.h"
#include "harness/component/table.h"
#include "harness/engine/run_plan.h"
#include "harness/process/runner.h"

namespace crib::engine {

// Error(usage) for a version or an image that is not on offer.
[[nodiscard]] Stock look_at_stock(process::Runner& runner, const Folders& folders, const scenario::Scenario& scenario,
                                  const Context& context);

// The same without looking what is there, which takes its time: nothing of it counts as built, flannel's manifest is
// empty.
[[nodiscard]] Stock needed_stock(const component::Table& table, const Folders& folders,
                                 const scenario::Scenario& scenario);

}  // namespace crib::engine
