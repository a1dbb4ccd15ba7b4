#pragma once
// JUnit: a run as the XML that CI systems read. Pure.

#include "harness/events/record.h"

#include <string>

namespace crib::report {

// A test case for each step on each node and for each check; failed is <failure>, error and interrupted
// are <error>, skipped is <skipped>. A run that ended badly without a bad step or check has one more
// case, "run", that says why; so has a run without an end. Always well-formed UTF-8.
[[nodiscard]] std::string to_junit(const events::RunRecord& record);

}  // namespace crib::report
