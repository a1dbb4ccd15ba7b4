#pragma once
// Folders that may not be looked into. They look like empty ones, and must be taken for neither empty nor a stranger's.

#include "harness/base/held_folder.h"

#include <filesystem>
#include <string>

namespace crib {

// What to do with one.
inline constexpr const char* kMakeReadable = "give yourself the right to read it (chmod u+rwx), or remove it by hand";

// "it cannot be read: Permission denied"; empty when what is in the folder may be listed and looked at.
[[nodiscard]] std::string objection_to_reading(const HeldFolder& folder);

// Error(usage) for a folder that a user has named, when it is there and cannot be read.
void require_readable(const std::filesystem::path& path);

}  // namespace crib
