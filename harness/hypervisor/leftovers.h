#pragma once
// The QEMU processes of an embedded libvirt, seen and ended without opening it.

#include <filesystem>
#include <string>
#include <vector>

namespace crib::hypervisor {

// Kills (SIGKILL) every QEMU of the embedded libvirt in `root`, and nothing else: a process counts
// only when its command line says that it belongs to this root. Returns how many were killed; they
// are gone on return, unless the kernel takes longer than 5 s.
int kill_leftovers(const std::filesystem::path& root) noexcept;

// Likewise every process that the embedded libvirt in `root` has asked what QEMU can do, and which may not answer. It
// does not wait until they are gone.
void kill_probes(const std::filesystem::path& root) noexcept;

// The names of the domains in `root` that have a QEMU, whoever started it; sorted.
[[nodiscard]] std::vector<std::string> living_machines(const std::filesystem::path& root);

}  // namespace crib::hypervisor
