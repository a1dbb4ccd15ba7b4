#pragma once
// Restoring saved machines through libvirt. Private to the adapter.

#include "harness/hypervisor/hypervisor.h"
#include "harness/hypervisor/libvirt/connection.h"

#include <functional>
#include <string>
#include <vector>

namespace crib::hypervisor {

// The end of QEMU's log of a machine; may be empty.
using EndOfLog = std::function<std::string(const std::string& name)>;

// Hypervisor::restore() and resume(), once the connection is known to allow it.
void restore_machines(const Connection& connection, const std::vector<RestoreSpec>& specs, const EndOfLog& end_of_log,
                      const Context& context);
void resume_machines(const Connection& connection, const std::vector<std::string>& names);

}  // namespace crib::hypervisor
