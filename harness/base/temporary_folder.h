#pragma once
// Where temporary files go: TMPDIR, as POSIX has it, else /tmp.

#include <filesystem>

namespace crib {

// An absolute path. Error(usage) when TMPDIR names no folder, or one that only has a name from where one stands:
// programs that crib starts elsewhere could not use it. An empty TMPDIR counts as none, as it does for mktemp and go.
[[nodiscard]] std::filesystem::path temporary_folder();

}  // namespace crib
