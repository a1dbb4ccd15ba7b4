#pragma once
// What is said of runs that may use a cache and whose folders are not there.

#include "harness/engine/cache_users.h"

#include <vector>

namespace crib::engine {

// Of one run its own words; of several of one user and below one place all at once, with one command that removes their
// files and no others. Other users' are theirs to remove.
[[nodiscard]] std::vector<LeftAlone> left_alone_of(const std::vector<CacheUsers::Missing>& missing);

}  // namespace crib::engine
