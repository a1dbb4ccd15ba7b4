#pragma once
// Disk layers: qcow2 files that hold only what a node wrote since the layer below. Internal to checkpoint.

#include "harness/base/context.h"
#include "harness/process/runner.h"

#include <filesystem>
#include <string>

namespace crib::checkpoint {

// Copies the clusters that `frozen` has of its own into `layer`, compressed, standing on `backing` (as it is to be
// named in the layer: relative to it, or absolute). Synced. Error(environment) for a full disk, Error(process)
// otherwise.
void pack_disk(process::Runner& runner, const std::filesystem::path& frozen, const std::filesystem::path& layer,
               const std::string& backing, const Context& context);

}  // namespace crib::checkpoint
