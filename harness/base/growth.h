#pragma once
// How much a file may grow while it is read. Internal to base.

#include <cstdint>

namespace crib {

// More than was there when the reading began: some files grow as fast as they are read, and those of /proc need not
// end.
inline constexpr std::uint64_t kMostGrown = 16U << 20U;

}  // namespace crib
