#pragma once
// Lines: an event as plain lines for a person, without the time. Pure.

#include "harness/events/event.h"
#include "harness/report/style.h"

#include <string>
#include <vector>

namespace crib::report {

enum class Detail {
    lasting,  // only what should stay on the screen above the live lines: results, warnings
    all,      // one line an event
    verbose,  // and the output of the steps
};

// Empty when an event of this kind is not shown at that detail. Tables and the end of the run belong to the summary.
[[nodiscard]] std::vector<std::string> lines_of(const events::Event& event, Detail detail, const Style& style);

[[nodiscard]] Tone tone_of(events::Outcome outcome);

// "[3/10] compiling kube-apiserver", "compiling kube-apiserver"
[[nodiscard]] std::string progress_text(const events::Progress& progress);

}  // namespace crib::report
