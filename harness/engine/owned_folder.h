#pragma once
// OwnedFolder: a folder of its own for a run or a matrix, held by this process's lock.

#include "harness/base/lock.h"

#include <filesystem>
#include <string>

namespace crib::engine {

struct OwnedFolder {
    std::string id;  // "NAME-xxxx"
    std::filesystem::path path;
    FileLock owner;
};

// Where the owner's lock of such a folder is.
[[nodiscard]] std::filesystem::path owner_lock_in(const std::filesystem::path& folder);

// Makes one in `root` under a name that is free. `what` is for people: "run". Error(environment).
[[nodiscard]] OwnedFolder make_owned_folder(const std::filesystem::path& root, const std::string& name,
                                            const std::string& what);

}  // namespace crib::engine
