#pragma once
// Folders that may not be looked into. They look like empty ones, and must be taken for neither empty nor a stranger's.

#include "harness/base/mark.h"

#include <filesystem>
#include <string>

namespace crib {

// What to do with one.
inline constexpr const char* kMakeReadable = "give yourself the right to read it (chmod u+rwx), or remove it by hand";

// "it cannot be read: Permission denied"; empty when what is in the folder may be listed and looked at.
[[nodiscard]] std::string objection_to_reading(const HeldFolder& folder);

// Is it a folder of this user of which nothing can be told for that reason?
[[nodiscard]] bool is_unreadable(const Claim& claim);

// Error(usage) for a folder that a user has named, when it is there and cannot be read.
void require_readable(const std::filesystem::path& path);

}  // namespace crib
