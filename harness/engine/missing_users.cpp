#include "harness/engine/missing_users.h"

#include "harness/base/absence.h"
#include "harness/base/short_words.h"
#include "harness/base/shown_word.h"
#include "harness/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace crib::engine {
namespace {

namespace fs = std::filesystem;
using Missing = CacheUsers::Missing;

constexpr std::size_t kMostPlaces = 5;

LeftAlone words_of_one(const Missing& one) {
    auto words = fmt::format("run {} may use anything in this cache, and its folder is not there: {}", one.user.run,
                             one.user.while_exists.string());
    auto cure = one.is_ours ? fmt::format("if it is gone for good: rm {}; ", shown_word(one.file.string())) : "";
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

// "35 below /tmp, 2 below /mnt/disk"
std::string places_of(const std::vector<Missing>& many) {
    std::map<fs::path, std::size_t> counts;
    for (const auto& one : many) ++counts[last_there(one.user.while_exists)];
    std::vector<std::pair<std::size_t, fs::path>> sorted;
    for (const auto& [place, count] : counts) sorted.emplace_back(count, place);
    std::ranges::stable_sort(sorted, [](const auto& a, const auto& b) { return a.first > b.first; });
    std::vector<std::string> words;
    for (const auto& [count, place] : sorted) words.push_back(fmt::format("{} below {}", count, place.string()));
    return some_of(words, kMostPlaces);
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

// In a shell of its own, so that the names are short and nobody's current folder is left.
std::string command_to_remove(const fs::path& folder, const std::vector<Missing>& many) {
    std::string names;
    for (const auto& one : many) names += " " + shown_word(one.file.filename().string());
    return fmt::format("(cd {} && rm --{})", shown_word(folder.string()), names);
}

LeftAlone words_of_many(const std::vector<Missing>& many) {
    const auto folder = many.front().file.parent_path();
    const auto whose = many.front().is_ours ? "" : " of other users";
    auto words =
        fmt::format("{} runs{} may use anything in this cache, and their folders are not there ({}; last seen {})",
                    many.size(), whose, places_of(many), dates_of(many));
    auto cure = fmt::format("if their disk is not mounted, mount it; each {}",
                            words_of_missing().substr(std::string("it ").size()));
    if (many.front().is_ours) cure += "; if all are gone for good: " + command_to_remove(folder, many);
    return {folder, std::move(words), std::move(cure)};
}

}  // namespace

std::vector<LeftAlone> left_alone_of(const std::vector<Missing>& missing) {
    std::vector<LeftAlone> all;
    for (const bool ours : {true, false}) {
        std::vector<Missing> some;
        std::ranges::copy_if(missing, std::back_inserter(some), [&](const auto& one) { return one.is_ours == ours; });
        if (some.size() == 1) all.push_back(words_of_one(some.front()));
        if (some.size() > 1) all.push_back(words_of_many(some));
    }
    return all;
}

}  // namespace crib::engine
