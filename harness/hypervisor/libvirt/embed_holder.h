#pragma once
// Who has an embedded libvirt's root open: one process at a time can.

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>

namespace crib::hypervisor {

// Another process that has it open, by the locks of its drivers. Only to be asked where this process has not opened the
// root: to look at a lock of one's own is to lose it.
[[nodiscard]] std::optional<pid_t> holder_of_embed_root(const std::filesystem::path& root);

// Error(usage) that names it.
[[noreturn]] void throw_held(const std::filesystem::path& root, pid_t holder);

}  // namespace crib::hypervisor
