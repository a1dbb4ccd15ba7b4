#pragma once
// Every place of the command line that takes a value: what a test of all of them goes through.

#include <string>
#include <vector>

namespace crib::cli {

// Command lines that lack nothing but the value that comes last, {"run", "--set"} or {"export", "x"}: one for each
// option and argument that takes one.
[[nodiscard]] std::vector<std::vector<std::string>> places_of_values();

}  // namespace crib::cli
