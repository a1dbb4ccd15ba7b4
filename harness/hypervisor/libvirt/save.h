#pragma once
// Saving machines through libvirt. Private to the adapter.

#include "harness/hypervisor/hypervisor.h"
#include "harness/hypervisor/libvirt/connection.h"

#include <vector>

namespace crib::hypervisor {

// Hypervisor::save(), once the connection is known to allow it.
SaveResult save_machines(const Connection& connection, const std::vector<SaveSpec>& specs, const Context& context);

}  // namespace crib::hypervisor
