#include "harness/engine/missing_users.h"

#include "harness/base/absence.h"
#include "harness/base/short_words.h"
#include "harness/base/shown_word.h"
#include "harness/base/text.h"

#include <fmt/format.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <system_error>
#include <tuple>
#include <utility>
#include <vector>

namespace crib::engine {
namespace {

namespace fs = std::filesystem;
using Missing = CacheUsers::Missing;

constexpr std::size_t kMostNames = 10;

bool is_ours(const Missing& one) {
    return one.owner == ::geteuid();
}

std::string whose(const Missing& one) {
    return is_ours(one) ? "" : fmt::format(" of another user (uid {})", one.owner);
}

LeftAlone words_of_one(const Missing& one) {
    auto words = fmt::format("run {}{} may use anything in this cache, and its folder is not there: {}", one.user.run,
                             whose(one), one.user.while_exists.string());
    auto cure = is_ours(one) ? fmt::format("if it is gone for good: rm {}; ", shown_word(one.file.string())) : "";
    cure += "if its disk is not mounted, mount it; " + words_of_missing();
    return {one.file, std::move(words), std::move(cure)};
}

// The last folder on the way that is there: where a disk may not be mounted, or from which it was removed.
fs::path last_there(fs::path path) {
    std::error_code problem;
    while (path != path.parent_path() && fs::symlink_status(path, problem).type() == fs::file_type::not_found) {
        path = path.parent_path();
    }
    return path;
}

std::string date_of(WallTime time) {
    return to_iso8601(time).substr(0, 10);
}

// "on 2026-11-03", "between 2026-11-03 and 2026-11-29"
std::string dates_of(const std::vector<Missing>& many) {
    const auto [first, last] = std::ranges::minmax(many, {}, &Missing::seen);
    const auto from = date_of(first.seen);
    const auto to = date_of(last.seen);
    return from == to ? "on " + from : fmt::format("between {} and {}", from, to);
}

std::string names_of(const std::vector<Missing>& many) {
    std::vector<std::string> names;
    names.reserve(many.size());
    for (const auto& one : many) names.push_back(one.user.run);
    return some_of(names, kMostNames);
}

// In a shell of its own, so that the names are short and nobody's current folder is left.
std::string command_to_remove(const fs::path& folder, const std::vector<Missing>& many) {
    std::string names;
    for (const auto& one : many) names += " " + shown_word(one.file.filename().string());
    return fmt::format("(cd {} && rm --{})", shown_word(folder.string()), names);
}

// Of one user, and below one place: there is one disk that may not be mounted.
LeftAlone words_of_many(const std::vector<Missing>& many, const fs::path& place) {
    const auto folder = many.front().file.parent_path();
    auto words = fmt::format(
        "{} runs{} may use anything in this cache, and their folders below {} are not there: {} (last seen {})",
        many.size(), whose(many.front()), place.string(), names_of(many), dates_of(many));
    auto cure = fmt::format("if their disk is not mounted, mount it; each {}",
                            words_of_missing().substr(std::string("it ").size()));
    if (is_ours(many.front())) cure += "; if all are gone for good: " + command_to_remove(folder, many);
    return {folder, std::move(words), std::move(cure)};
}

}  // namespace

std::vector<LeftAlone> left_alone_of(const std::vector<CacheUsers::Missing>& missing) {
    std::map<std::tuple<bool, uid_t, fs::path>, std::vector<Missing>> groups;  // one's own first
    for (const auto& one : missing) {
        groups[{!is_ours(one), one.owner, last_there(one.user.while_exists)}].push_back(one);
    }
    std::vector<LeftAlone> all;
    for (const auto& [group, some] : groups) {
        all.push_back(some.size() == 1 ? words_of_one(some.front()) : words_of_many(some, std::get<fs::path>(group)));
    }
    return all;
}

}  // namespace crib::engine
