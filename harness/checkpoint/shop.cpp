#include "harness/checkpoint/shop.h"

#include "harness/base/absence.h"
#include "harness/base/file.h"
#include "harness/base/file_error.h"
#include "harness/base/recorded_time.h"
#include "harness/base/removal.h"
#include "harness/base/text.h"
#include "harness/checkpoint/file_io.h"
#include "harness/checkpoint/manifest.h"
#include "harness/checkpoint/part_users.h"
#include "harness/checkpoint/references.h"

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

// What cannot be looked at is not gone, nor is a link whatever it leads to.
bool is_gone(const fs::path& file) {
    struct stat status {};
    return ::lstat(file.c_str(), &status) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

bool may_be_file(const fs::directory_entry& one) {
    std::error_code problem;
    const auto type = one.status(problem).type();
    if (type == fs::file_type::not_found) return one.is_symlink(problem);  // what it leads to may come back
    return type == fs::file_type::regular || type == fs::file_type::unknown || type == fs::file_type::none;
}

[[noreturn]] void refuse_part(const fs::path& file, const std::string& name, int error_number) {
    try {
        throw_missing_part(file, error_number);
    } catch (const Damage&) {
        throw Damage(name + " is missing in the store");
    } catch (const Error& error) {
        throw Unusable(fmt::format("{}: {}", name, error.what()), error.hint());
    }
}

}  // namespace

Shop::Shop(process::Runner& the_runner, Clock& the_clock, fs::path the_folder, NextCommand the_next_command)
    : runner(the_runner), clock(the_clock), folder(std::move(the_folder)), next_command(std::move(the_next_command)) {}

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

bool Shop::has(const std::string& key) const {
    return is_key(key) && !is_gone(entry(key));
}

std::optional<Entry> Shop::read(const std::string& key) const {
    const auto file = entry(key);
    if (!has(key)) return std::nullopt;
    const auto note = note_of(key);
    if (const auto link = find_dangling_link(file)) throw Unusable(note + link->words_for(file), kMendLink);
    std::string text;
    try {
        text = read_file(file, kLargestManifest);
    } catch (const Error& error) {
        if (is_gone(file)) return std::nullopt;  // removed meanwhile
        throw Unusable(note + error.what(), error.hint());
    }
    try {
        auto found = read_manifest(text);
        if (found.key() != key) throw Error(ErrorKind::environment, "it is another entry's");
        struct stat status {};
        if (::stat(file.c_str(), &status) == 0) {
            found.used =
                wall_time_of_seconds(status.st_mtim.tv_sec) +
                std::chrono::duration_cast<WallTime::duration>(std::chrono::nanoseconds{status.st_mtim.tv_nsec});
        }
        return found;
    } catch (const Outdated& other) {
        throw Outdated(note + other.what(), other.hint(), other.ids);
    } catch (const Unusable& other) {
        throw Unusable(note + other.what(), other.hint());
    } catch (const Error& error) {
        throw Damage(note + error.what());
    }
}

void Shop::require_parts(const Entry& entry) const {
    const auto require = [&](const Part& one) {
        struct stat status {};
        const auto name = fmt::format("{} of {}", to_string(one.kind), one.name);
        if (::stat(part(one.id).c_str(), &status) != 0) refuse_part(part(one.id), name, errno);
        if (static_cast<std::uint64_t>(status.st_size) != one.bytes) throw Damage(name + " is not as long as it was");
        if (one.backing.file.empty()) return;
        Backing now;
        try {
            now = backing_of(one.backing.file);
        } catch (const Error& error) {
            throw Unusable(fmt::format("what the {} stands on: {}", name, error.what()),
                           "make it readable or put it back, or remove the checkpoint: crib cache rm");
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
    return try_remove(file).gone;
}

Removal Shop::try_remove(const fs::path& file) const noexcept {
    try {
        const auto store = HeldFolder::open(folder);
        const auto inside = store ? store->inside(file.parent_path().filename().string()) : std::nullopt;
        if (!inside) return {is_gone(file), "its folder cannot be opened"};
        const auto name = file.filename().string();
        if (is_gone(file)) return {true, {}};
        if (!is_own_file(file)) return {false, "it is no file that crib made"};
        auto removal = remove_from(*inside, name);
        const auto where = file.string() + ": ";
        if (removal.problem.starts_with(where)) removal.problem.erase(0, where.size());
        return removal;
    } catch (const std::exception& problem) {
        return {false, problem.what()};
    }
}

Removal Shop::take_away(const fs::path& path) const {
    if (!is_own_file(path)) return try_remove(path);
    const auto away = trash() / (path.filename().string() + "-" + random_word(8));
    std::error_code problem;
    fs::rename(path, away, problem);
    if (problem) return try_remove(path);  // the trash cannot be written to
    remove(away);                          // else the next collect() does
    return {true, {}};
}

Removal Shop::remove_entry(const std::string& key) const {
    auto removal = take_away(entry(key));
    // Leases that others have of it are of no use now: whoever saves it anew need not wait for their end.
    if (removal.gone) remove(lock(key));
    return removal;
}

std::string Shop::drop(const std::string& key, const std::string& bad_part, Parts parts) const noexcept {
    try {
        const auto held = lock_store(own_context());
        std::optional<PartUsers> users;
        if (parts == Parts::swept) users.emplace(*this);
        const auto removal = remove_entry(key);
        if (!removal.gone) return fmt::format("{}: {}", entry(key).string(), removal.problem);
        if (!bad_part.empty()) (void)take_away(part(bad_part));
        if (!users) return {};
        forget_names_of_dropped(*this, {key});
        const auto given_up = users->forget(key);
        (void)sweep(*users, given_up);
        return {};
    } catch (const std::exception& problem) {
        return problem.what();  // the next collect() or open() finds it
    }
}

Shop::Swept Shop::sweep(const PartUsers& users, const std::set<std::string>& given_up) const {
    Swept swept;
    if (!users.may_free()) return swept;
    for (const auto& file : files_in(parts())) {
        const auto id = file.filename().string();
        if (is_key(id) && users.is_free(id, given_up) && is_own_file(file)) sweep_part(file, swept);
    }
    return swept;
}

Shop::Swept Shop::sweep_given_up(const PartUsers& users, const std::set<std::string>& given_up) const {
    Swept swept;
    for (const auto& id : given_up) {
        if (users.is_free(id, given_up)) sweep_part(part(id), swept);
    }
    return swept;
}

void Shop::sweep_part(const fs::path& part, Swept& swept) const {
    const auto bytes = disk_usage(part);
    const auto removal = take_away(part);
    if (removal.gone) swept.freed += bytes;
    if (!removal.gone) swept.failed.push_back(not_removed(part, removal.problem));
}

LeftAlone not_removed(const fs::path& path, const std::string& why) {
    return {path, "it cannot be removed: " + why, "see whose it and its folder are, and their rights: ls -ld"};
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

std::string note_of(const std::string& key) {
    return fmt::format("the manifest of checkpoint {}: ", key.substr(0, kShownDigits));
}

std::vector<fs::path> files_in(const fs::path& folder) {
    std::vector<fs::path> files;
    require_listable(folder);
    std::error_code problem;
    for (fs::directory_iterator it(folder, problem), end; !problem && it != end; it.increment(problem)) {
        if (!is_partial(it->path()) && may_be_file(*it)) files.push_back(it->path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

std::optional<SmallFile> read_small(const fs::path& file) {
    std::error_code problem;
    if (const auto link = find_dangling_link(file)) return SmallFile{{}, link->words_for(file)};
    const auto bytes = fs::file_size(file, problem);
    if (!problem && bytes > kLargestManifest) return SmallFile{{}, "it is larger than what crib writes there"};
    try {
        const auto text = read_file(file, kLargestManifest);
        SmallFile read{split_lines(text), {}};
        if (!text.ends_with('\n')) read.damage = text.empty() ? "it is empty" : "its end is missing";
        return read;
    } catch (const Error&) {
        if (!is_gone(file)) throw;  // what it refers to would be taken for nobody's
        return std::nullopt;
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
