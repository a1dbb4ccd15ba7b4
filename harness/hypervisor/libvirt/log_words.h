#pragma once
// What libvirt says of a machine in a log of its own. Private to the adapter.

#include <string>
#include <string_view>

namespace crib::hypervisor {

// The last error that names the machine, without time and place: "internal error: End of file from qemu monitor
// (vm='crib-two-node-ab12-worker')". Empty: there is none.
[[nodiscard]] std::string last_error_of(std::string_view machine, const std::string& log);

}  // namespace crib::hypervisor
