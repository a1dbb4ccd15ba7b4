#include "harness/base/owned_folder.h"

#include "harness/base/absence.h"
#include "harness/base/cleanup.h"
#include "harness/base/error.h"
#include "harness/base/system_error.h"
#include "harness/base/temporary_folder.h"
#include "harness/base/text.h"
#include "harness/base/unreadable.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

namespace crib {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kUnfinished = ".making-";
constexpr std::string_view kLock = "owner.lock";
constexpr std::string_view kTemporaryName = "crib-";  // the temporary folder is everybody's

[[noreturn]] void fail(const std::string& kind, const fs::path& path, const std::error_code& why) {
    const auto what = kind == kTemporary ? "temporary" : kind + "'s";
    throw Error(ErrorKind::environment,
                fmt::format("cannot make the {} folder {}: {}", what, path.string(), why.message()),
                hint_for(why.value()));
}

[[noreturn]] void throw_errno() {
    throw std::system_error(errno, std::generic_category());
}

// False when the new name is taken. Not every file system can refuse by itself to rename over an empty folder.
bool rename_if_free(const fs::path& from, const fs::path& to) {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
    if (errno == EEXIST || errno == ENOTEMPTY) return false;
    if (errno != EINVAL && errno != ENOSYS) throw_errno();
    std::error_code problem;
    if (fs::exists(fs::symlink_status(to, problem))) return false;
    if (::rename(from.c_str(), to.c_str()) == 0) return true;
    if (errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR) return false;
    throw_errno();
}

// Older cribs gave their temporary folders no mark: mkdtemp() made names of them.
bool is_of_older_crib(const std::string& name) {
    for (const std::string_view beginning : {"crib-copies-", "crib-doctor-", "crib-go-", "crib-gpg-", "crib-index-"}) {
        if (name.starts_with(beginning) && name.size() == beginning.size() + 6) return true;
    }
    return false;
}

// Nothing but what make_owned_folder() puts into a folder before its mark is there.
bool has_only_beginnings(const HeldFolder& folder) {
    return folder.holds_only([](const std::string& name) {
        return name == kLock || name.starts_with(std::string(kMarkFile) + ".partial-");
    });
}

// Going last, they tell of a removal that was cut off what it was of.
std::vector<std::string> proofs() {
    return {std::string(kMarkFile), std::string(kLock)};
}

enum class Owner { dead, alive, unknown };

// Its lock is taken before it is marked, and goes last: where it is not beside other things, somebody has removed it,
// and its owner goes on.
Owner owner_of(const HeldFolder& folder) {
    const std::string name(kLock);
    switch (folder.look(name).kind) {
        case HeldFolder::Kind::file:
            return FileLock::held(folder.through() / name) ? Owner::alive : Owner::dead;
        case HeldFolder::Kind::none: {
            const auto is_mark = [](const std::string& one) { return one.starts_with(kMarkFile); };
            return folder.holds_only(is_mark) ? Owner::dead : Owner::unknown;
        }
        default:
            return Owner::unknown;
    }
}

// Its owner may be back from the dead, or another sweep at work: only who has the lock removes.
std::string remove_dead(const HeldFolder& root, const std::string& name, const HeldFolder& folder) {
    try {
        const auto lock = FileLock::try_take(folder, std::string(kLock));
        if (!lock) return "somebody is at work on it";
        return remove_proven(root, name, folder, proofs()).problem;
    } catch (const Error& error) {
        return error.what();
    }
}

void remove_own(const fs::path& path) noexcept {
    try {
        const auto root = HeldFolder::open(path.parent_path());
        const auto name = path.filename().string();
        if (const auto folder = root ? root->inside(name) : std::nullopt) {
            (void)remove_proven(*root, name, *folder, proofs());
        }
    } catch (const std::exception&) {
        // crib gc finds it.
    }
}

// A folder for temporary files may be one that nobody lists.
std::vector<std::string> names_in(const HeldFolder& root, DeadFolders& found) {
    try {
        return root.names();
    } catch (const Error& error) {
        found.left_alone.push_back({root.path(), error.what(), error.hint()});
        return {};
    }
}

// Of this kind, or, when it is empty, unfinished ones of all.
DeadFolders sweep_folders(const fs::path& root_path, Sweep sweep, const std::string& kind) {
    DeadFolders found;
    const auto root = HeldFolder::open(root_path);
    if (!root) {
        if (const auto link = find_dangling_link(root_path)) {
            found.left_alone.push_back({root_path, link->words_for(root_path), kMendLink});
        }
        return found;
    }
    for (const auto& name : names_in(*root, found)) {
        const bool unfinished = is_unfinished(name);
        const auto id = unfinished ? name.substr(kUnfinished.size()) : name;
        if (kind.empty() ? !unfinished : !id.starts_with(kTemporaryName)) continue;
        const auto claim = look_at_claim(*root, name);
        if (claim.unreadable) found.left_alone.push_back({root_path / name, claim.why_not, kMakeReadable});
        if (!claim.folder) continue;
        const bool marked = claim.mark && claim.mark->id == id && (kind.empty() || claim.mark->kind == kind);
        if (!marked && !unfinished && is_of_older_crib(name)) {
            found.left_alone.push_back({root_path / name,
                                        "an older crib may have left it, and nothing in it shows that",
                                        "if no crib is at work, remove it by hand"});
        }
        if (!marked && (!unfinished || claim.mark)) continue;
        const auto owner = owner_of(*claim.folder);
        if (owner == Owner::alive) continue;
        if (marked && owner == Owner::unknown) {
            found.left_alone.push_back({root_path / name,
                                        "its owner.lock is gone or no file, so a crib may still be at work on it",
                                        "if none is, remove it by hand"});
            continue;
        }
        if (!marked && !has_only_beginnings(*claim.folder)) {
            found.left_alone.push_back(
                {root_path / name, "nothing in it shows that crib made it", "if it is not yours, remove it by hand"});
            continue;
        }
        DeadFolder dead{root_path / name, disk_bytes(claim.folder->through() / "."), {}};
        dead.problem = sweep == Sweep::remove ? remove_dead(*root, name, *claim.folder) : objection_to_removal(*root);
        found.dead.push_back(std::move(dead));
    }
    return found;
}

}  // namespace

fs::path owner_lock_in(const fs::path& folder) {
    return folder / kLock;
}

bool is_unfinished(const std::string& name) {
    return name.starts_with(kUnfinished);
}

OwnedFolder make_owned_folder(const fs::path& root, const std::string& name, const std::string& kind,
                              const FillFolder& fill, unsigned mode) {
    if (!fs::is_directory(root)) make_folder(root);
    for (;;) {
        auto id = name + "-" + random_word(4);
        auto path = root / id;
        const auto making = root / (std::string(kUnfinished) + id);
        if (::mkdir(making.c_str(), 0700) != 0) {
            if (errno == EEXIST) continue;
            fail(kind, path, {errno, std::generic_category()});
        }
        CleanupStack undo;
        undo.add("remove it", [&] { remove_own(making); });
        try {
            // A `crib gc` of this very moment may have taken the empty folder away, or be looking at it.
            if (!fs::exists(making)) continue;
            auto owner = FileLock::try_take(owner_lock_in(making));
            if (!owner) continue;
            write_mark(making, {kind, id});
            if (fill) fill(making, id);
            fs::permissions(making, static_cast<fs::perms>(mode));
            if (!rename_if_free(making, path)) continue;
            undo.dismiss();
            return {std::move(id), std::move(path), std::move(*owner)};
        } catch (const std::system_error& error) {
            fail(kind, path, error.code());
        } catch (const Error&) {
            if (fs::exists(making)) throw;  // else such a gc was the cause
        }
    }
}

bool place_owned_folder(const fs::path& made, const fs::path& root, const std::string& id, const std::string& kind) {
    const auto path = root / id;
    try {
        write_mark(made, {kind, id});
        return rename_if_free(made, path);
    } catch (const std::system_error& error) {
        fail(kind, path, error.code());
    }
}

bool make_marked_folder(const fs::path& folder, const Mark& mark) {
    remove_marked_folder(folder, mark);
    if (::mkdir(folder.c_str(), 0700) != 0) return false;
    write_mark(folder, mark);
    return true;
}

bool remove_marked_folder(const fs::path& folder, const Mark& mark) noexcept {
    try {
        const auto root = HeldFolder::open(folder.parent_path());
        if (!root) return true;
        const auto name = folder.filename().string();
        const auto claim = look_at_claim(*root, name);
        if (!claim.folder) {
            const auto look = root->look(name);
            return look.kind == HeldFolder::Kind::none || look.owner != ::geteuid();
        }
        if (claim.mark != mark && (claim.mark || !has_only_beginnings(*claim.folder))) return false;
        return remove_proven(*root, name, *claim.folder, {std::string(kMarkFile)}).gone;
    } catch (const std::exception&) {
        return false;
    }
}

DeadFolders sweep_unfinished_folders(const fs::path& root, Sweep sweep) {
    return sweep_folders(root, sweep, {});
}

DeadFolders sweep_temporary_folders(const fs::path& root, Sweep sweep) {
    return sweep_folders(root, sweep, kTemporary);
}

OwnedTempFolder::OwnedTempFolder(const std::string& name) : OwnedTempFolder(temporary_folder(), name) {}

OwnedTempFolder::OwnedTempFolder(const fs::path& root, const std::string& name)
    : folder_(make_owned_folder(root, name, kTemporary, {}, 0700)) {}

OwnedTempFolder::~OwnedTempFolder() {
    remove_own(folder_.path);
}

}  // namespace crib
