#pragma once
// Removal: the one way in which crib removes files and folders. remove_all_quietly() of file.h goes this way, too.
//
// Everything is opened and removed relative to a held descriptor of the folder above it. A link is removed, never what
// it names; what another file system is mounted on stays, with the folders above it; and a folder that was put in the
// place of another meanwhile stays as well. Nothing in a folder goes when the one above it may not be changed.

#include "harness/base/held_folder.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace crib {

struct Removal {
    bool gone = false;
    std::string problem;    // why not: "/state/runs/x/private/mnt: another file system is mounted there"
    std::string cure = {};  // what to do about it, where that is known
};

// What is called `name` in `folder`, a folder with all that is in it. Gone too when it was not there.
Removal remove_from(const HeldFolder& folder, const std::string& name) noexcept;

// The same of a folder that was looked at as `proven`: only that one is removed. What is called as in `last` directly
// in it goes last, so that what is left by a removal that was cut off can still be told.
Removal remove_proven(const HeldFolder& folder, const std::string& name, const HeldFolder& proven,
                      const std::vector<std::string>& last) noexcept;

// Why nothing can be removed from a folder: "its folder may not be changed: Permission denied"; empty: it can.
[[nodiscard]] std::string objection_to_removal(const HeldFolder& folder);
// What to do about such an objection: "give yourself the right to change it: chmod u+w /state/runs".
[[nodiscard]] std::string cure_of_objection(const HeldFolder& folder);

// What a file, or a folder with all that is in it, takes of the disk; links count as themselves.
[[nodiscard]] std::uint64_t disk_bytes(const std::filesystem::path& path) noexcept;

}  // namespace crib
