#pragma once
// Unused: what lies in a cache folder and nobody used for long. An entry NAME-KEY (a file or folder, or several that
// are called NAME-KEY.something) has its lock in NAME-KEY.lock; the lock's time of change is when it was last used.
//
// A folder goes only when it shows that crib made it: by its mark (mark.h), or by a key.txt whose digest is its key, as
// older cribs wrote. A file goes only when the entry's name ends with a key. What belongs to another user, or is a
// link, stays.

#include "harness/base/clock.h"
#include "harness/base/owned_folder.h"

#include <cstdint>
#include <filesystem>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

namespace crib {

// Somebody uses the entry with this lock now. Never throws.
void mark_used(const std::filesystem::path& lock) noexcept;

struct UnusedRules {
    WallTime since;                        // what was used at or after that time stays
    std::set<std::filesystem::path> keep;  // entries that hold one of these files stay
    bool newest_of_name = true;            // of the entries that differ only in their key, the last used one stays
    std::stop_token stop = {};             // once it is requested, what is left stays
};

struct RemovedEntry {
    std::string name;         // "cri-o-1.36.3-9520f5476d788424"
    std::uint64_t bytes = 0;  // on the disk
};

struct UnusedEntries {
    std::vector<RemovedEntry> removed;
    std::vector<LeftAlone> left_alone;  // that would go, were they proven to be crib's, or could be removed
};

// Removes the entries of `folder` that the rules do not keep and whose lock nobody holds, with their locks. What
// cannot be removed is left for the next time, and named. A look changes nothing, and tells the same.
[[nodiscard]] UnusedEntries remove_unused(const std::filesystem::path& folder, const UnusedRules& rules, Sweep sweep);

// Into a folder of the cache that is being made: the mark of the entry that it belongs to.
void mark_as_cached(const std::filesystem::path& folder, const std::string& entry);

}  // namespace crib
