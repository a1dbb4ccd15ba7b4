#pragma once
// What a run has left to be read, and the commands that show it.

#include "harness/cli/services.h"

#include <string>
#include <vector>

namespace crib::cli {

// "crib logs RUN" and, of the first node that said something, "crib console RUN NODE": those of them that have
// something to show.
[[nodiscard]] std::vector<std::string> ways_to_read(const Services& services, const engine::RunInfo& run);

// For who asked for what it has not left: those commands, else where its record is.
[[nodiscard]] std::string what_it_left(const Services& services, const engine::RunInfo& run);

}  // namespace crib::cli
