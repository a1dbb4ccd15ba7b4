#pragma once
// A program that works at the user's terminal in crib's place, and of which crib is told how it ended.

#include "harness/process/runner.h"

#include <string>
#include <vector>

namespace crib::process {

// Runs the program with crib's own standard streams, environment and process group, to its end, which is the user's to
// bring about: Ctrl-C and Ctrl-\ are for the program alone meanwhile, and of the signals of a terminal it ignores what
// crib was started to ignore. It ends with crib (SIGTERM) when that is killed. Error(process) when it cannot be
// started.
[[nodiscard]] std::variant<Exited, Signaled> run_in_foreground(std::vector<std::string> words);

}  // namespace crib::process
