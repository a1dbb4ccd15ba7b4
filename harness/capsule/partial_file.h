#pragma once
// PartialFile: a file beside the place where it will be, on a file system that has no files without a name. Internal to
// capsule.

#include "harness/base/file.h"

#include <filesystem>

namespace crib::capsule {

// Locked as long as it is open, so that others see that it is still being written.
struct PartialFile {
    std::filesystem::path path;  // TO.WORD.partial
    UniqueFd fd;                 // not valid: it cannot be made, and errno says why
};

[[nodiscard]] PartialFile make_partial_file(const std::filesystem::path& to, unsigned mode);

// Removes those of `to` that a crib which was killed has left: whatever else lies there stays.
void remove_abandoned_files(const std::filesystem::path& to) noexcept;

}  // namespace crib::capsule
