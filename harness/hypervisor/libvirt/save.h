#pragma once
// Saving machines through libvirt. Private to the adapter.

#include "harness/hypervisor/hypervisor.h"
#include "harness/hypervisor/libvirt/connection.h"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace crib::hypervisor {

// Where the process id of a machine's QEMU is; there may be no such file.
using PidFile = std::function<std::filesystem::path(const std::string& name)>;

// Hypervisor::save(), once the connection is known to allow it.
SaveResult save_machines(const Connection& connection, const std::vector<SaveSpec>& specs, const PidFile& pid_file,
                         const Context& context);

// Hypervisor::undo_save().
void undo_saved_machines(const Connection& connection, const std::vector<SaveSpec>& specs, const Context& context);

}  // namespace crib::hypervisor
