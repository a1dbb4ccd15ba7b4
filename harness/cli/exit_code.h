#pragma once
// crib's exit code for how a run or a matrix ended.

#include "harness/events/event.h"

namespace crib::cli {

// 0 passed or skipped, 1 failed, 2 refused, 3 error, 130 interrupted.
[[nodiscard]] int exit_code_of(const events::RunFinished& finished);

}  // namespace crib::cli
