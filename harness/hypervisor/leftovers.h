#pragma once
// Ending the QEMU processes of an embedded libvirt that cannot be opened any more.

#include <filesystem>

namespace crib::hypervisor {

// Kills (SIGKILL) every QEMU of the embedded libvirt in `root`, and nothing else: a process counts
// only when its command line says that it belongs to this root. Returns how many were killed; they
// are gone on return, unless the kernel takes longer than 5 s.
int kill_leftovers(const std::filesystem::path& root) noexcept;

}  // namespace crib::hypervisor
