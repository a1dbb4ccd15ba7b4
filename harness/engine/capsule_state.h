#pragma once
// A checkpoint on its way into a capsule, and out of one into this machine's store.

#include "harness/base/context.h"
#include "harness/capsule/manifest.h"
#include "harness/capsule/pack.h"
#include "harness/checkpoint/store.h"
#include "harness/engine/cluster_state.h"

#include <filesystem>
#include <string>
#include <vector>

namespace crib::engine {

struct StateSources {
    std::vector<capsule::Source> sources;
    std::vector<capsule::Need> needs;  // kernel, initrd, base disks, container images
    std::string hypervisor;            // what saved it, which may not be what is installed by now
};

// What of a checkpoint goes into a capsule, with its keys and memory. What it stands on goes along when it is small
// (the empty swap disk, which is made anew on each machine) or `with_images`. The lease must outlive the packing.
[[nodiscard]] StateSources sources_of_state(const checkpoint::Store& store, const checkpoint::Lease& lease,
                                            const std::filesystem::path& cache, bool with_images,
                                            const Context& context);

// Takes the checkpoint of a capsule that was unpacked into `unpacked` into the store, under a key that no run looks
// for. Its paths become this machine's, and nothing of it can name a file of this host. Returns the key; a capsule that
// was taken in before is there already. Error(usage) for what crib would not have made, or when this machine lacks a
// file that the checkpoint stands on, with the cure.
std::string take_in_state(checkpoint::Store& store, const capsule::Manifest& manifest,
                          const std::filesystem::path& unpacked, const std::filesystem::path& cache,
                          const Context& context);

// The acceleration with which the capsule's machines ran.
[[nodiscard]] hypervisor::Acceleration acceleration_of_state(const std::filesystem::path& unpacked);

}  // namespace crib::engine
