#pragma once
// What is given as a scenario and is a file that crib itself has written: to say that each of its keys is unknown would
// lead its owner to spoil it. Internal to scenario.

#include "harness/scenario/scenario_file.h"

#include <optional>
#include <string>
#include <string_view>

namespace crib::scenario {

// Nothing of a text that crib has not written: a lock, a capsule, or the record of a run or of a matrix.
[[nodiscard]] std::optional<FileProblem> problem_with_own_file(const std::string& text);

// Of the first bytes of a file.
[[nodiscard]] bool begins_as_capsule(std::string_view text);
// What to do with one.
inline constexpr const char* kOpenIt = "crib open unpacks it: its scenario is in the folder that this names";

}  // namespace crib::scenario
