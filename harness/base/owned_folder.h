#pragma once
// OwnedFolder: a folder of its own for a run, a matrix, a capsule or something temporary: held by this process's lock,
// and marked as crib's (mark.h), so that what a killed crib left can be told from what is a user's.

#include "harness/base/lock.h"
#include "harness/base/mark.h"
#include "harness/base/removal.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace crib {

struct OwnedFolder {
    std::string id;  // "NAME-xxxx"
    std::filesystem::path path;
    FileLock owner;
};

// Where the owner's lock of such a folder is.
[[nodiscard]] std::filesystem::path owner_lock_in(const std::filesystem::path& folder);

// Makes one in `root` under a name that is free. It appears there with its mark, its lock held and what `fill` wrote
// into it: until then it has another name, and sweep_unfinished_folders() knows it. `kind` is for the mark and for
// people: "run". Error(environment).
using FillFolder = std::function<void(const std::filesystem::path& folder, const std::string& id)>;
[[nodiscard]] OwnedFolder make_owned_folder(const std::filesystem::path& root, const std::string& name,
                                            const std::string& kind, const FillFolder& fill = {}, unsigned mode = 0755);

// The same of a folder that is whole already, on the same file system: marked, and renamed to root/id. False when that
// name is taken. Error(environment).
[[nodiscard]] bool place_owned_folder(const std::filesystem::path& made, const std::filesystem::path& root,
                                      const std::string& id, const std::string& kind);

// A folder at a place that others may use too (/dev/shm), private to this user. What crib made there for the same
// earlier is removed first. False when something else is called so.
[[nodiscard]] bool make_marked_folder(const std::filesystem::path& folder, const Mark& mark);

// Removes it when it has this mark, or is the beginning of one. True when nothing is left there that is this user's.
bool remove_marked_folder(const std::filesystem::path& folder, const Mark& mark) noexcept;

// Is this a folder that make_owned_folder() has not given its name yet?
[[nodiscard]] bool is_unfinished(const std::string& name);

struct DeadFolder {
    std::filesystem::path path;
    std::uint64_t bytes = 0;
    std::string problem;  // why it could not be removed
};

struct DeadFolders {
    std::vector<DeadFolder> dead;
    std::vector<LeftAlone> left_alone;  // with something in them that crib does not put there, or without their lock
};

// Unfinished folders in `root`, of any kind, whose owner has ended: they are removed. A look changes nothing.
[[nodiscard]] DeadFolders sweep_unfinished_folders(const std::filesystem::path& root, Sweep sweep);

// Temporary folders in `root`, finished or not, of this user and whose owner has ended, likewise.
[[nodiscard]] DeadFolders sweep_temporary_folders(const std::filesystem::path& root, Sweep sweep);

inline constexpr const char* kTemporary = "temporary";  // their kind

// A temporary folder of this process, removed with this object; what a killed crib leaves is found by crib gc.
class OwnedTempFolder {
public:
    // In TMPDIR. `name` begins with "crib-".
    explicit OwnedTempFolder(const std::string& name);
    OwnedTempFolder(const std::filesystem::path& root, const std::string& name);
    ~OwnedTempFolder();
    OwnedTempFolder(const OwnedTempFolder&) = delete;
    OwnedTempFolder& operator=(const OwnedTempFolder&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return folder_.path; }

private:
    OwnedFolder folder_;
};

}  // namespace crib
