#pragma once
// Can a libvirt daemon's QEMU, which runs as another user, get to the files of a machine?

#include "harness/hypervisor/hypervisor.h"

#include <filesystem>
#include <optional>

namespace crib::hypervisor {

// The outermost folder above `file` that other users may not enter.
[[nodiscard]] std::optional<std::filesystem::path> closed_folder_above(const std::filesystem::path& file);

// Error(environment) that names the folder and the cure when a file of the machine lies below a closed one.
void require_reach(const MachineSpec& spec);

}  // namespace crib::hypervisor
