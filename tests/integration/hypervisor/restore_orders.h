#pragma once
// RestoreSpecs in a file, for the process that has another libvirt open.

#include "harness/hypervisor/hypervisor.h"

#include <filesystem>
#include <vector>

namespace crib::hypervisor {

void write_restore_orders(const std::filesystem::path& file, const std::vector<RestoreSpec>& specs);
[[nodiscard]] std::vector<RestoreSpec> read_restore_orders(const std::filesystem::path& file);

}  // namespace crib::hypervisor
