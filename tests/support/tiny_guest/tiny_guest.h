#pragma once
// TinyGuest: a stock Debian kernel with a one-program initrd that boots in seconds under emulation.

#include "harness/base/context.h"

#include <filesystem>
#include <string>
#include <vector>

namespace crib::test {

// What the guest's program says on the serial line when it runs.
inline constexpr const char* tiny_guest_is_up = "crib tiny guest is up";

// The kernel's command line; `what` is idle, poweroff, panic or count: ten times a second "count N", and, where
// there are drivers and a disk, "count N disk M": N is now in the disk's first block, which held M before.
std::string tiny_guest_cmdline(const std::string& what = "idle");

// CRIB_TEST_KERNEL when set; else a kernel that apt's distribution offers, downloaded once into the
// user's cache. Empty when there is none: tests then skip.
std::filesystem::path tiny_guest_kernel(const Context& context);

// The modules that this kernel needs for a virtio disk, in the order to load them. Empty when they are not known.
std::vector<std::filesystem::path> tiny_guest_drivers(const Context& context);

// Writes the initrd (an uncompressed cpio archive).
void write_tiny_guest_initrd(const std::filesystem::path& path, const std::vector<std::filesystem::path>& drivers = {});

}  // namespace crib::test
