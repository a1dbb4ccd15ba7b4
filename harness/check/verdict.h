#pragma once
// Verdict: what a check concluded, and on what it saw last.

#include "harness/base/clock.h"
#include "harness/events/event.h"

#include <string>

namespace crib::check {

// A check is passed, failed (the cluster is not as it should be) or error (crib could not look: the API server or a
// node never answered).
using events::Outcome;

struct Verdict {
    std::string id;  // the kind, with what sets it apart: "pods-running kube-system"
    Outcome outcome = Outcome::error;
    std::string summary;    // one line for a person
    std::string last_seen;  // the last observation, also when it passed
    Duration took{};
    Duration limit{};   // what it had
    std::string ran{};  // what the last look ran on nodes that did not end well, and what came of it; for the record

    [[nodiscard]] bool passed() const { return outcome == Outcome::passed; }
};

}  // namespace crib::check
