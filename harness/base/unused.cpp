#include "harness/base/unused.h"

#include "harness/base/file.h"
#include "harness/base/lock.h"
#include "harness/base/sha256.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>

namespace crib {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLock = ".lock";
constexpr std::string_view kUnused = ".unused";
constexpr const char* kCached = "cache";
constexpr std::uint64_t kLargestKeyText = 4U << 20U;

struct CacheEntry {
    fs::path lock;
    std::vector<fs::path> files;  // without the lock
    WallTime used;
};

WallTime changed(const fs::path& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return {};
    return std::chrono::system_clock::from_time_t(status.st_mtim.tv_sec);
}

// Entries are those that have a lock: nothing else in the folder is touched.
std::map<std::string, CacheEntry> entries_in(const fs::path& folder) {
    std::map<std::string, CacheEntry> found;
    std::vector<fs::path> all;
    require_listable(folder);
    std::error_code problem;
    for (fs::directory_iterator it(folder, problem), end; !problem && it != end; it.increment(problem)) {
        all.push_back(it->path());
    }
    for (const auto& path : all) {
        if (path.extension() == kLock) found[path.stem()] = {path, {}, changed(path)};
    }
    for (const auto& path : all) {
        const auto name = path.filename().string();
        if (path.extension() == kLock) continue;
        for (auto& [entry, content] : found) {
            if (name != entry && !name.starts_with(entry + ".")) continue;
            content.files.push_back(path);
            content.used = std::max(content.used, changed(path));
        }
    }
    return found;
}

// As KeyBuilder makes them, or their beginning.
bool is_key(const std::string& text) {
    return text.size() >= 16 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// "cri-o-1.36.3-9520f5476d788424" is one of "cri-o-1.36.3"; what is a key alone is one of none.
std::string name_of(const std::string& entry) {
    const auto dash = entry.rfind('-');
    const auto end = entry.substr(dash == std::string::npos ? 0 : dash + 1);
    const auto key = end.substr(0, end.find('.'));
    if (!is_key(key)) return entry;
    return dash == std::string::npos ? std::string() : entry.substr(0, dash);
}

bool is_kept(const CacheEntry& entry, const std::set<fs::path>& keep) {
    return std::any_of(keep.begin(), keep.end(), [&](const fs::path& file) {
        return std::any_of(entry.files.begin(), entry.files.end(),
                           [&](const fs::path& mine) { return is_below(file, mine); });
    });
}

std::string key_of(const std::string& entry) {
    const auto end = entry.substr(entry.rfind('-') + 1);  // all of it when there is no dash
    const auto key = end.substr(0, end.find('.'));
    return is_key(key) ? key : std::string();
}

// Why a file or folder of an entry is not to be removed; empty when it is proven to be crib's.
std::string objection(const HeldFolder& cache, const std::string& name, const std::string& entry) {
    const auto look = cache.look(name);
    if (look.kind == HeldFolder::Kind::none) return {};
    if (look.kind == HeldFolder::Kind::file) {
        if (look.owner != ::geteuid()) return words_of_another_user(look.owner);
        return key_of(entry).empty() ? "its name is not one that crib gives" : std::string();
    }
    const auto claim = look_at_claim(cache, name);
    if (!claim.folder) return claim.why_not;
    if (claim.mark == Mark{kCached, entry}) return {};
    std::string problem;
    const auto text = claim.folder->read("key.txt", kLargestKeyText, problem);
    if (text && !key_of(entry).empty() && sha256_hex(*text).starts_with(key_of(entry))) return {};
    return "nothing in it shows that crib made it";
}

// Renamed first: half an entry is never where a whole one is looked for.
Removal take_away(const HeldFolder& cache, const std::string& name) {
    const auto away = name.ends_with(kUnused) ? name : name + std::string(kUnused);
    if (away != name && ::renameat(cache.fd(), name.c_str(), cache.fd(), away.c_str()) != 0) {
        return {errno == ENOENT, std::strerror(errno)};
    }
    return remove_from(cache, away);
}

// The entry's names in the folder, without those that must stay.
std::vector<std::string> proven_files(const HeldFolder& cache, const std::string& entry, const CacheEntry& content,
                                      std::vector<LeftAlone>& left_alone) {
    std::vector<std::string> names;
    for (const auto& file : content.files) {
        const auto name = file.filename().string();
        const auto why = objection(cache, name, entry);
        if (why.empty()) {
            names.push_back(name);
        } else {
            const bool is_ours = cache.look(name).owner == ::geteuid();
            left_alone.push_back(
                {file, why,
                 is_ours ? "nobody used it for long: if it is not needed, remove it by hand" : kAnotherUsersCure});
        }
    }
    return names;
}

}  // namespace

void mark_used(const fs::path& lock) noexcept {
    const UniqueFd fd(::open(lock.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0644));
    if (fd.valid()) ::futimens(fd.get(), nullptr);
}

UnusedEntries remove_unused(const fs::path& folder, const UnusedRules& rules, Sweep sweep) {
    const auto entries = entries_in(folder);
    std::map<std::string, std::pair<WallTime, std::string>> newest;  // of each name
    for (const auto& [entry, content] : entries) {
        auto& best = newest[name_of(entry)];
        best = std::max(best, {content.used, entry});
    }
    UnusedEntries found;
    const auto cache = HeldFolder::open(folder);
    if (!cache) return found;
    const auto objection = objection_to_removal(*cache);
    for (const auto& [entry, content] : entries) {
        if (rules.stop.stop_requested()) break;
        const auto name = name_of(entry);
        const bool is_newest = rules.newest_of_name && !name.empty() && newest.at(name).second == entry;
        if (content.used >= rules.since || is_newest || is_kept(content, rules.keep)) continue;
        const auto lock_look = cache->look(content.lock.filename().string());
        if (lock_look.kind != HeldFolder::Kind::file || lock_look.owner != ::geteuid()) continue;
        if (FileLock::held(content.lock)) continue;
        std::optional<FileLock> lock;
        if (sweep == Sweep::remove && !(lock = FileLock::try_take(content.lock))) continue;
        const auto before = found.left_alone.size();
        auto names = proven_files(*cache, entry, content, found.left_alone);
        RemovedEntry removed{entry, 0};
        const auto stays = [&](const std::string& one) {
            const auto bytes = disk_bytes(folder / one);
            auto removal = Removal{objection.empty(), objection};
            if (removal.gone && sweep == Sweep::remove) removal = take_away(*cache, one);
            if (removal.gone) removed.bytes += bytes;
            if (!removal.gone)
                found.left_alone.push_back({folder / one, "it cannot be removed: " + removal.problem, ""});
            return !removal.gone;
        };
        std::erase_if(names, stays);
        if (found.left_alone.size() == before && sweep == Sweep::remove) {
            remove_from(*cache, content.lock.filename().string());
        }
        if (found.left_alone.size() == before || !names.empty()) found.removed.push_back(std::move(removed));
    }
    return found;
}

void mark_as_cached(const fs::path& folder, const std::string& entry) {
    write_mark(folder, {kCached, entry});
}

}  // namespace crib
