#include "harness/base/unused.h"

#include "harness/base/file.h"
#include "harness/base/lock.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>

namespace crib {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLock = ".lock";

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

// "cri-o-1.36.3-9520f5476d788424" is one of "cri-o-1.36.3"; what is a key alone is one of none.
std::string name_of(const std::string& entry) {
    const auto dash = entry.rfind('-');
    const auto end = entry.substr(dash == std::string::npos ? 0 : dash + 1);
    const auto key = end.substr(0, end.find('.'));
    const bool is_key = key.size() >= 16 && key.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (!is_key) return entry;
    return dash == std::string::npos ? std::string() : entry.substr(0, dash);
}

bool is_below(const fs::path& file, const fs::path& folder) {
    const auto ends = std::mismatch(folder.begin(), folder.end(), file.begin(), file.end());
    return ends.first == folder.end();
}

bool is_kept(const CacheEntry& entry, const std::set<fs::path>& keep) {
    return std::any_of(keep.begin(), keep.end(), [&](const fs::path& file) {
        return std::any_of(entry.files.begin(), entry.files.end(),
                           [&](const fs::path& mine) { return is_below(file, mine); });
    });
}

std::uint64_t usage(const fs::path& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return 0;
    auto sum = static_cast<std::uint64_t>(status.st_blocks) * 512;
    std::error_code problem;
    if (!S_ISDIR(status.st_mode)) return sum;
    for (fs::recursive_directory_iterator it(path, problem), end; !problem && it != end; it.increment(problem)) {
        if (::lstat(it->path().c_str(), &status) == 0) sum += static_cast<std::uint64_t>(status.st_blocks) * 512;
    }
    return sum;
}

// Renamed first: half an entry is never where a whole one is looked for.
std::uint64_t take_away(const fs::path& path) {
    auto away = path;
    if (path.extension() != ".unused") away += ".unused";
    std::error_code problem;
    if (away != path) fs::rename(path, away, problem);
    if (problem) return 0;
    const auto bytes = usage(away);
    remove_all_quietly(away);
    return bytes;
}

}  // namespace

void mark_used(const fs::path& lock) noexcept {
    const UniqueFd fd(::open(lock.c_str(), O_WRONLY | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0644));
    if (fd.valid()) ::futimens(fd.get(), nullptr);
}

std::vector<RemovedEntry> remove_unused(const fs::path& folder, const UnusedRules& rules) {
    const auto entries = entries_in(folder);
    std::map<std::string, std::pair<WallTime, std::string>> newest;  // of each name
    for (const auto& [entry, content] : entries) {
        auto& best = newest[name_of(entry)];
        best = std::max(best, {content.used, entry});
    }
    std::vector<RemovedEntry> removed;
    for (const auto& [entry, content] : entries) {
        const auto name = name_of(entry);
        const bool is_newest = rules.newest_of_name && !name.empty() && newest.at(name).second == entry;
        if (content.used >= rules.since || is_newest || is_kept(content, rules.keep)) continue;
        const auto lock = FileLock::try_take(content.lock);
        if (!lock) continue;
        std::uint64_t bytes = 0;
        for (const auto& file : content.files) bytes += take_away(file);
        remove_all_quietly(content.lock);
        removed.push_back({entry, bytes});
    }
    return removed;
}

}  // namespace crib
