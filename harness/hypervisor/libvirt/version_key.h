#pragma once
// What saved memory depends on. Private to the adapter: it includes libvirt.

#include "harness/hypervisor/hypervisor.h"

#include <libvirt/libvirt.h>

#include <string>

namespace crib::hypervisor {

// Hypervisor::version_key(): "QEMU 7.2.22, libvirt 9.0.0", under KVM also "CPU Skylake-Client 1f3a5c...".
[[nodiscard]] std::string version_key_of(virConnectPtr connection, Acceleration acceleration);

}  // namespace crib::hypervisor
