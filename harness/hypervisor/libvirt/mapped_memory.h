#pragma once
// The memory of a machine that was restored: a file of crib's that its QEMU maps. Private to the adapter.

#include "harness/base/context.h"

#include <filesystem>

namespace crib::hypervisor {

// Whoever reads a hole of such a file makes a page of zeroes there, and saving reads all memory: a gigabyte or two of
// new pages, for which the machine need not stand still. `pid_file` is its QEMU's; nothing happens where there is none,
// or when its memory is not such a file.
void fill_holes_of_memory(const std::filesystem::path& pid_file, const Context& context);

}  // namespace crib::hypervisor
