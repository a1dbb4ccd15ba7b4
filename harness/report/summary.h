#pragma once
// Summary: the last words of a run: tables, checks, time per stage, outcome. Pure.

#include "harness/base/next_command.h"
#include "harness/events/record.h"
#include "harness/report/style.h"

#include <string>

namespace crib::report {

// Ends with a newline. Tables are printed as they came, never cut: people copy them into bug reports.
[[nodiscard]] std::string summary(const events::RunRecord& record, const Style& style,
                                  const NextCommand& next_command = {});

}  // namespace crib::report
