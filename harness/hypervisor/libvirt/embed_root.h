#pragma once
// The folder in which an embedded libvirt keeps its configuration, sockets, pid files and logs.

#include <filesystem>

namespace crib::hypervisor {

// Makes the folder (mode 0700) and its qemu.conf. `shared_cache`, when not empty, is where libvirt keeps what
// it learnt about this host's QEMU, so that the next root need not ask QEMU again (1.5 s).
void prepare_embed_root(const std::filesystem::path& root, const std::filesystem::path& shared_cache);

// The path to open the root by: the root itself, or, when libvirt's sockets below it would have a
// name too long for a Unix socket, a short link to it. The same for every process of this user.
std::filesystem::path short_embed_root(const std::filesystem::path& root);

// Where that link is, whether it is needed or not.
std::filesystem::path embed_link(const std::filesystem::path& absolute_root);

// Removes the short link, if there is one. The folder itself is the caller's.
void forget_embed_root(const std::filesystem::path& root) noexcept;

// Removes the short links of this user whose folders are gone, those of killed runs among them.
void forget_ended_embed_roots() noexcept;

}  // namespace crib::hypervisor
