#pragma once
// Meminfo: what the kernel says of this machine's memory.

#include "harness/base/size.h"

#include <string_view>

namespace crib {

struct Meminfo {
    ByteSize total;
    ByteSize available;  // the kernel's estimate of what can be used without swapping
};

// From the text of /proc/meminfo; a missing line leaves its size zero.
[[nodiscard]] Meminfo parse_meminfo(std::string_view text);

[[nodiscard]] Meminfo read_meminfo();

}  // namespace crib
