#pragma once
// A run's scenario on its way into a capsule: its file, those that it extends, and its mutations' scripts, each where
// it lies from the others, so that it is as valid there as here.

#include "harness/capsule/pack.h"

#include <filesystem>
#include <string>
#include <vector>

namespace crib::engine {

struct LeftOut {
    std::string path;  // "run/events.jsonl", or a scenario's file
    std::string why;   // "is a link", to stand behind "it"
};

struct ScenarioSources {
    std::vector<capsule::Source> sources;  // scenario/...
    std::vector<LeftOut> left_out;
};

// What can be read now, and nothing else of this machine: a run's record may name any file, and so may a scenario that
// somebody sent. Packed are regular files that are scenarios and no larger than those may be, and scripts that crib
// would run; what is named by an absolute path is not. Never throws for a bad file.
[[nodiscard]] ScenarioSources sources_of_scenario(const std::filesystem::path& file);

// What changed the scenario from the command line is no file of it and never packed: each --set, with the scripts that
// it names, and each --swap.
[[nodiscard]] std::vector<LeftOut> left_out_of_command_line(const std::vector<std::string>& sets,
                                                            const std::vector<std::string>& swaps);

}  // namespace crib::engine
