#pragma once
// RunStages: runs/ID/checkpoints.json, the keys of a run's stages and whether a checkpoint was there for each.

#include "harness/checkpoint/keys.h"

#include <filesystem>
#include <string>
#include <vector>

namespace crib::checkpoint {

struct RunStage {
    StageKey key;
    bool hit = false;    // a checkpoint of this key was there
    bool saved = false;  // the run made one
    std::string why;     // of a miss, or of what was not saved; may be empty

    bool operator==(const RunStage&) const = default;
};

// In the order of the stages: their keys are a KeyChain.
struct RunStages {
    std::vector<RunStage> stages;

    // The chain up to `stage`. Error(usage) with the stages that there are for an unknown one.
    [[nodiscard]] KeyChain chain(const std::string& stage) const;
};

void write_run_stages(const std::filesystem::path& file, const RunStages& run);

// Error(environment) naming the file when it is not there or not of this form.
[[nodiscard]] RunStages read_run_stages(const std::filesystem::path& file);

}  // namespace crib::checkpoint
