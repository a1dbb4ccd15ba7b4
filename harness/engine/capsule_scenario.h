#pragma once
// A run's scenario on its way into a capsule: its file, those that it extends, and its mutations' scripts, each where
// it lies from the others, so that it is as valid there as here. They are packed as they are then: by digests of the
// time when the run began it is told which have changed.

#include "harness/capsule/pack.h"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace crib::engine {

inline constexpr std::size_t kMostScenarioFiles = 300;

struct LeftOut {
    std::string path;  // "run/events.jsonl", or a scenario's file
    std::string why;   // "is a link", to stand behind "it"
};

struct ScenarioSources {
    std::vector<capsule::Source> sources;  // scenario/...
    std::vector<std::string> files;        // what each of these is here, in the same order
    std::vector<LeftOut> left_out;
};

using ScenarioDigests = std::map<std::string, std::string>;  // file to the SHA-256 of its text

// What can be read now, and nothing else of this machine: a run's record may name any file, and so may a scenario that
// somebody sent. Packed are regular files that are scenarios and no larger than those may be, and scripts that crib
// would run; what is named by an absolute path is not. Never throws for a bad file.
[[nodiscard]] ScenarioSources sources_of_scenario(const std::filesystem::path& file);

// Of the files that would be packed now. Empty too where they are so many that no run's record can have them.
[[nodiscard]] ScenarioDigests digests_of_scenario(const std::filesystem::path& file);

// Those that are not as they were then: "scenario/two-node.json".
[[nodiscard]] std::vector<std::string> changed_since(const ScenarioDigests& then, const ScenarioSources& now);

// What changed the scenario from the command line is no file of it and never packed: each --set, with the scripts that
// it names, and each --swap.
[[nodiscard]] std::vector<LeftOut> left_out_of_command_line(const std::vector<std::string>& sets,
                                                            const std::vector<std::string>& swaps);

}  // namespace crib::engine
