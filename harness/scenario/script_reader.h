#pragma once
// The shell text that a mutation brings: a file's, or its own. Internal to scenario.

#include "harness/scenario/reading.h"

#include <string>

namespace crib::scenario {

// Reads "script" or "run" of the mutation at `path`; what is wrong with it is reported.
void read_script(Reading& reading, const nlohmann::json& json, const std::string& path, Mutation& mutation);

}  // namespace crib::scenario
