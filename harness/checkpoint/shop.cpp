#include "harness/checkpoint/shop.h"

#include "harness/base/file.h"
#include "harness/base/file_error.h"
#include "harness/base/removal.h"
#include "harness/base/text.h"
#include "harness/checkpoint/manifest.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace crib::checkpoint {
namespace {

namespace fs = std::filesystem;

constexpr auto kOwnTime = std::chrono::minutes{1};
constexpr std::uint64_t kLargestManifest = 16U << 20U;  // that of many nodes has a few hundred KiB

bool is_partial(const fs::path& file) {
    return file.filename().string().find(".partial") != std::string::npos;
}

}  // namespace

Shop::Shop(process::Runner& the_runner, Clock& the_clock, fs::path the_folder)
    : runner(the_runner), clock(the_clock), folder(std::move(the_folder)) {}

void Shop::make_folders() const {
    if (!fs::exists(folder.parent_path())) make_folder(folder.parent_path());
    for (const auto& one : {folder, entries(), parts(), drafts(), locks(), names(), holds(), trash()}) {
        if (!fs::exists(one)) make_folder(one, 0700);
    }
}

FileLock Shop::lock_store(const Context& context) const {
    return FileLock::take(folder / "store.lock", context);
}

Context Shop::own_context() const {
    return Context::with_clock(clock).with_timeout(kOwnTime);
}

std::vector<std::string> Shop::keys() const {
    std::vector<std::string> found;
    for (const auto& file : files_in(entries())) {
        if (file.extension() == ".json" && is_key(file.stem())) found.push_back(file.stem());
    }
    return found;
}

std::optional<Entry> Shop::read(const std::string& key) const {
    std::error_code ignored;
    const auto file = entry(key);
    if (!is_key(key) || !fs::exists(file, ignored)) return std::nullopt;
    try {
        auto found = read_manifest(read_file(file, kLargestManifest));
        if (found.key() != key) throw Error(ErrorKind::environment, "it is another entry's");
        struct stat status {};
        if (::stat(file.c_str(), &status) == 0) {
            found.used =
                WallTime(std::chrono::seconds{status.st_mtim.tv_sec}) +
                std::chrono::duration_cast<WallTime::duration>(std::chrono::nanoseconds{status.st_mtim.tv_nsec});
        }
        return found;
    } catch (const Error& error) {
        if (!fs::exists(file, ignored)) return std::nullopt;  // removed meanwhile
        throw Damage(fmt::format("the manifest of checkpoint {}: {}", key.substr(0, 12), error.what()));
    }
}

void Shop::require_parts(const Entry& entry) const {
    const auto require = [&](const Part& one) {
        struct stat status {};
        const auto name = fmt::format("{} of {}", to_string(one.kind), one.name);
        if (::stat(part(one.id).c_str(), &status) != 0) throw Damage(name + " is missing in the store");
        if (static_cast<std::uint64_t>(status.st_size) != one.bytes) throw Damage(name + " is not as long as it was");
        if (one.backing.file.empty()) return;
        Backing now;
        try {
            now = backing_of(one.backing.file);
        } catch (const Error& error) {
            throw Damage(fmt::format("what the {} stands on: {}", name, error.what()));
        }
        if (now != one.backing) {
            throw Damage(fmt::format("{} stands on {}, which was made anew since", name, one.backing.file.string()));
        }
    };
    std::for_each(entry.parts.begin(), entry.parts.end(), require);
    std::for_each(entry.layers.begin(), entry.layers.end(), require);
}

bool Shop::is_own_file(const fs::path& file) const {
    const auto store = HeldFolder::open(folder);
    const auto inside = store ? store->inside(file.parent_path().filename().string()) : std::nullopt;
    if (!inside || file.parent_path().parent_path() != folder) return false;
    const auto look = inside->look(file.filename().string());
    return look.kind == HeldFolder::Kind::file && look.owner == ::geteuid();
}

bool Shop::remove(const fs::path& file) const noexcept {
    try {
        const auto store = HeldFolder::open(folder);
        const auto inside = store ? store->inside(file.parent_path().filename().string()) : std::nullopt;
        if (!inside) return false;
        const auto name = file.filename().string();
        if (inside->look(name).kind == HeldFolder::Kind::none) return true;
        return is_own_file(file) && remove_from(*inside, name).gone;
    } catch (const std::exception&) {
        return false;
    }
}

bool Shop::take_away(const fs::path& path) const {
    if (!is_own_file(path)) return false;
    const auto away = trash() / (path.filename().string() + "-" + random_word(8));
    std::error_code problem;
    fs::rename(path, away, problem);
    if (!problem) remove(away);
    return !problem;
}

void Shop::drop(const std::string& key, const std::string& bad_part) const noexcept {
    try {
        const auto held = lock_store(own_context());
        std::set<std::string> given_up;
        try {
            if (const auto entry = read(key)) given_up = ids_of(*entry);
        } catch (const Damage&) {
            // What it had is not known.
        }
        // Leases that others have of it are of no use now: whoever saves it anew need not wait for their end.
        if (take_away(entry(key))) remove(lock(key));
        if (!bad_part.empty()) take_away(part(bad_part));
        sweep(given_up);
    } catch (const std::exception&) {
        // The next collect() or open() finds it.
    }
}

std::vector<LeftAlone> Shop::unreadable() const {
    std::vector<LeftAlone> found;
    for (const auto& key : keys()) {
        try {
            (void)read(key);
        } catch (const Damage& damage) {
            found.push_back({entry(key), damage.what(),
                             "what it may refer to stays as well; crib cache verify removes what cannot be read"});
        }
    }
    return found;
}

std::uint64_t Shop::sweep(const std::set<std::string>& given_up) const {
    std::set<std::string> wanted;
    bool all_read = true;
    for (const auto& key : keys()) {
        try {
            if (const auto entry = read(key)) wanted.merge(ids_of(*entry));
        } catch (const Damage&) {
            all_read = false;
        }
    }
    for (const auto& draft : files_in(drafts())) {
        for (const auto& id : lines_of(draft)) wanted.insert(id);
    }
    std::uint64_t freed = 0;
    for (const auto& file : files_in(parts())) {
        const auto id = file.filename().string();
        if (!is_key(id) || wanted.contains(id) || (!all_read && !given_up.contains(id))) continue;
        const auto bytes = disk_usage(file);
        if (take_away(file)) freed += bytes;
    }
    return freed;
}

std::set<std::string> ids_of(const Entry& entry) {
    std::set<std::string> ids;
    for (const auto* parts : {&entry.parts, &entry.layers}) {
        for (const auto& part : *parts) ids.insert(part.id);
    }
    return ids;
}

bool is_key(const std::string& text) {
    return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

std::vector<fs::path> files_in(const fs::path& folder) {
    std::vector<fs::path> files;
    require_listable(folder);
    std::error_code problem;
    for (fs::directory_iterator it(folder, problem), end; !problem && it != end; it.increment(problem)) {
        if (!is_partial(it->path())) files.push_back(it->path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

std::vector<std::string> lines_of(const fs::path& file) {
    try {
        return split_lines(read_file(file, kLargestManifest));
    } catch (const Error&) {
        std::error_code ignored;
        if (fs::exists(file, ignored)) throw;  // what it refers to would be taken for nobody's
        return {};                             // removed meanwhile
    }
}

Backing backing_of(const fs::path& file) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) throw_file_error("read", file, errno);
    const auto modified = std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
    return {{}, fs::absolute(file), static_cast<std::uint64_t>(status.st_size), modified};
}

std::uint64_t disk_usage(const fs::path& file) {
    struct stat status {};
    return ::lstat(file.c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_blocks) * 512 : 0;
}

}  // namespace crib::checkpoint
