#include "harness/base/partial_files.h"

#include "harness/base/error.h"
#include "harness/base/removal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

namespace crib {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPartial = ".partial-";
constexpr std::size_t kWord = 6;

bool is_old_file_of_ours(const HeldFolder& folder, const std::string& name, WallTime now) {
    struct stat found {};
    if (::fstatat(folder.fd(), name.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) return false;
    return S_ISREG(found.st_mode) && found.st_uid == ::geteuid() &&
           std::chrono::system_clock::from_time_t(found.st_mtim.tv_sec) < now - kPartialFileIsOld;
}

void sweep_in(const HeldFolder& folder, const IsTarget& is_target, WallTime now, Sweep sweep, DeadFolders& found) {
    for (const auto& name : folder.names()) {
        const auto target = target_of_partial(name);
        if (!target || !is_target(*target) || !is_old_file_of_ours(folder, name, now)) continue;
        DeadFolder dead{folder.path() / name, disk_bytes(folder.through() / name), {}};
        dead.problem = sweep == Sweep::remove ? remove_from(folder, name).problem : objection_to_removal(folder);
        found.dead.push_back(std::move(dead));
    }
}

// What cannot be listed is named, and keeps nothing else from being swept.
template <typename Do>
DeadFolders sweep_held(const fs::path& path, Do&& sweep_folder) {
    DeadFolders found;
    try {
        if (const auto folder = HeldFolder::open(path)) sweep_folder(*folder, found);
    } catch (const Error& error) {
        found.left_alone.push_back({path, error.what(), error.hint()});
    }
    return found;
}

}  // namespace

std::optional<std::string> target_of_partial(const std::string& name) {
    if (name.size() <= kPartial.size() + kWord) return std::nullopt;
    const auto end = name.size() - kPartial.size() - kWord;
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    const bool is_one = std::string_view(name).substr(end).starts_with(kPartial) &&
                        std::all_of(name.end() - kWord, name.end(), is_letter);
    return is_one ? std::optional(name.substr(0, end)) : std::nullopt;
}

DeadFolders sweep_partial_files(const fs::path& folder, const IsTarget& is_target, WallTime now, Sweep sweep) {
    return sweep_held(
        folder, [&](const HeldFolder& held, DeadFolders& found) { sweep_in(held, is_target, now, sweep, found); });
}

DeadFolders sweep_partial_files_in_marked(const fs::path& root, const std::string& kind, WallTime now, Sweep sweep) {
    return sweep_held(root, [&](const HeldFolder& held, DeadFolders& found) {
        for (const auto& name : held.names()) {
            const auto claim = look_at_claim(held, name);
            if (!claim.folder || claim.mark != Mark{kind, name}) continue;
            sweep_in(
                *claim.folder, [](const auto&) { return true; }, now, sweep, found);
        }
    });
}

}  // namespace crib
