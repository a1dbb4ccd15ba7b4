#pragma once
// TinyGuest: a stock Debian kernel with a one-program initrd that boots in seconds under emulation.

#include "harness/base/context.h"

#include <filesystem>
#include <string>

namespace crib::test {

// What the guest's program says on the serial line when it runs.
inline constexpr const char* tiny_guest_is_up = "crib tiny guest is up";

// The kernel's command line; `what` is idle, poweroff or panic.
std::string tiny_guest_cmdline(const std::string& what = "idle");

// CRIB_TEST_KERNEL when set; else a kernel that apt's distribution offers, downloaded once into the
// user's cache. Empty when there is none: tests then skip.
std::filesystem::path tiny_guest_kernel(const Context& context);

// Writes the initrd (an uncompressed cpio archive).
void write_tiny_guest_initrd(const std::filesystem::path& path);

}  // namespace crib::test
