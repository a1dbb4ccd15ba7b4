#pragma once
// crib's exit code for how a run, a matrix or a command ended.

#include "harness/events/event.h"

#include <exception>
#include <string>

namespace crib::cli {

// 0 passed or skipped, 1 failed, 2 refused, 3 error, 130 interrupted.
[[nodiscard]] int exit_code_of(const events::RunFinished& finished);

// What ended a command: the exit code, and what is to be said.
struct Failure {
    int exit_code = 3;
    std::string text;
    std::string hint;  // may be empty
};

// 2 for what the user can mend, 3 for the machine's faults and crib's own, 130 interrupted.
[[nodiscard]] Failure failure_of(const std::exception& problem);

// "crib: TEXT" and the hint below it. All lines but the first are indented: none of a foreign text looks like crib's.
[[nodiscard]] std::string to_text(const Failure& failure);

}  // namespace crib::cli
