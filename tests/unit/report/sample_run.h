#pragma once
// A run's record with something of everything, for the report tests.

#include "harness/events/record.h"

namespace crib::report {

// Two nodes; init failed on one, a check failed, one was skipped, one ended in error.
[[nodiscard]] events::RunRecord failed_run();

// Everything passed, with tables.
[[nodiscard]] events::RunRecord passed_run();

}  // namespace crib::report
