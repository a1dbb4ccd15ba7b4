#include "harness/engine/cache_users.h"

#include "harness/base/absence.h"
#include "harness/base/file.h"
#include "harness/base/held_folder.h"
#include "harness/base/partial_files.h"
#include "harness/base/recorded_time.h"
#include "harness/base/removal.h"
#include "harness/base/run_file_name.h"
#include "harness/base/shown_word.h"
#include "harness/base/text.h"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <optional>
#include <string_view>

namespace crib::engine {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLargest = 16U << 10U;  // a path has 4 KiB at most

constexpr std::string_view kRun = "run ";
constexpr std::string_view kBegan = "\nbegan ";
constexpr std::string_view kWhile = "\nwhile ";

std::string file_of(const CacheUser& user) {
    return run_file_name(user.run, user.while_exists);
}

// The path comes last: it may have anything in it.
std::string text_of(const CacheUser& user) {
    const auto began = std::chrono::duration_cast<std::chrono::seconds>(user.began.time_since_epoch()).count();
    return fmt::format("{}{}{}{}{}{}\n", kRun, user.run, kBegan, began, kWhile, user.while_exists.string());
}

// Nothing: it is damaged.
std::optional<CacheUser> user_of(const std::string& file, const std::string& text) {
    const auto began = text.find(kBegan);
    const auto path = text.find(kWhile);
    if (!text.starts_with(kRun) || path == std::string::npos || began >= path || !text.ends_with('\n')) return {};
    CacheUser user;
    user.run = text.substr(kRun.size(), began - kRun.size());
    std::int64_t seconds = 0;
    const auto* end = text.data() + path;
    const auto parsed = std::from_chars(text.data() + began + kBegan.size(), end, seconds);
    if (parsed.ec != std::errc() || parsed.ptr != end) return {};
    user.began = wall_time_of_seconds(seconds);
    const auto from = path + kWhile.size();
    user.while_exists = text.substr(from, text.size() - 1 - from);
    return file_of(user) == file ? std::optional(user) : std::nullopt;
}

LeftAlone doubtful(const fs::path& file, uid_t owner, const std::string& why) {
    const bool is_ours = owner == ::geteuid();
    const auto whose = is_ours ? "a run" : fmt::format("a run of another user (uid {})", owner);
    auto words = fmt::format(
        "it is of {} that may use anything in this cache, and cannot be read ({}), so nothing unused goes", whose, why);
    return {file, std::move(words),
            is_ours ? "if no cluster of another state folder is kept, remove it: rm " + shown_word(file.string())
                    : "that user's crib gc removes it once that run has ended"};
}

}  // namespace

void CacheUsers::add(const CacheUser& user) const {
    make_folder(folder_);
    (void)survey(Sweep::remove, user.began);  // so that there are never many
    // Other users' cribs read it: nothing unused goes from a cache that they share until they see that the run is over.
    const auto file = folder_ / file_of(user);
    write_file(file, text_of(user), 0644);
    set_changed_at(file, user.began);
}

void CacheUsers::forget(const std::string& run, const fs::path& while_exists) const noexcept {
    try {
        if (const auto folder = HeldFolder::open(folder_)) (void)remove_from(*folder, run_file_name(run, while_exists));
    } catch (const std::exception&) {
        // It counts as missing then.
    }
}

void CacheUsers::count(const HeldFolder& folder, const std::string& file, CacheUser user, uid_t owner, Sweep sweep,
                       WallTime now, Survey& survey) const {
    const auto path = folder_ / file;
    const auto seen = changed_at(path).value_or(now);
    const auto presence = presence_of(user.while_exists, seen, now);
    const bool is_ours = owner == ::geteuid();
    const bool may_change = sweep == Sweep::remove && is_ours;
    if (presence == Presence::gone) {
        if (may_change) (void)remove_from(folder, file);  // what cannot be removed does no harm
        return;
    }
    if (presence == Presence::missing) survey.missing.push_back({path, user, seen, owner});
    if (presence == Presence::there && may_change) renew_last_seen(path, seen, now);
    survey.users.push_back(std::move(user));
}

CacheUsers::Survey CacheUsers::survey(Sweep sweep, WallTime now, const std::set<fs::path>& going) const {
    Survey survey;
    require_listable(folder_);
    const auto folder = HeldFolder::open(folder_);
    if (!folder) return survey;
    for (const auto& name : folder->names()) {
        if (target_of_partial(name)) continue;  // being written, by a run that uses nothing yet
        std::string problem;
        const auto text = folder->read(name, kLargest, problem);
        const auto look = folder->look(name);
        if (look.kind == HeldFolder::Kind::none) continue;
        auto user = text ? user_of(name, *text) : std::nullopt;
        if (!user) {
            survey.in_doubt.push_back(
                doubtful(folder_ / name, look.owner, text ? "it is not as crib writes it" : problem));
            continue;
        }
        if (sweep == Sweep::only_look && going.contains(user->while_exists)) continue;
        count(*folder, name, std::move(*user), look.owner, sweep, now, survey);
    }
    return survey;
}

}  // namespace crib::engine
