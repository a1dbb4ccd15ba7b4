#pragma once
// PartialFiles: what a killed crib leaves of a file that write_file() was writing: "NAME.partial-xxxxxx" beside it.

#include "harness/base/clock.h"
#include "harness/base/owned_folder.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace crib {

// Nothing is written for as long as that.
inline constexpr std::chrono::hours kPartialFileIsOld{24};

// NAME of such a name; nothing for another.
[[nodiscard]] std::optional<std::string> target_of_partial(const std::string& name);

// Those in `folder` that are this user's, that nobody has written to for so long, and whose NAME is of a file that crib
// writes there: they are removed. A look changes nothing.
using IsTarget = std::function<bool(const std::string& name)>;
[[nodiscard]] DeadFolders sweep_partial_files(const std::filesystem::path& folder, const IsTarget& is_target,
                                              WallTime now, Sweep sweep);

// The same, of any NAME, directly in those folders of `root` that have the mark of one of this kind: all in such a
// folder is crib's.
[[nodiscard]] DeadFolders sweep_partial_files_in_marked(const std::filesystem::path& root, const std::string& kind,
                                                        WallTime now, Sweep sweep);

}  // namespace crib
