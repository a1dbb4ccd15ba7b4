#include "harness/base/text.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <unistr.h>
#include <algorithm>
#include <cstdint>
#include <random>
#include <ranges>

namespace crib {

std::string shell_quote(std::string_view word) {
    static constexpr std::string_view kSafe =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%";
    if (!word.empty() && word.find_first_not_of(kSafe) == std::string_view::npos) return std::string(word);
    std::string quoted = "'";
    for (const char c : word) {
        if (c == '\'') {
            quoted += "'\\''";
        } else {
            quoted += c;
        }
    }
    return quoted + "'";
}

std::string shell_join(const std::vector<std::string>& words) {
    std::vector<std::string> quoted;
    quoted.reserve(words.size());
    for (const auto& word : words) quoted.push_back(shell_quote(word));
    return join(quoted, " ");
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    for (;;) {
        const auto at = text.find(separator);
        parts.emplace_back(text.substr(0, at));
        if (at == std::string_view::npos) return parts;
        text.remove_prefix(at + 1);
    }
}

std::vector<std::string> split_lines(std::string_view text) {
    if (text.empty()) return {};
    auto lines = split(text, '\n');
    if (lines.back().empty()) lines.pop_back();
    return lines;
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
    return fmt::format("{}", fmt::join(parts, separator));
}

std::string_view trim(std::string_view text) {
    static constexpr std::string_view kSpace = " \t\r\n\f\v";
    const auto first = text.find_first_not_of(kSpace);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

bool is_valid_utf8(std::string_view text) {
    return u8_check(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()) == nullptr;
}

namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const auto replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
        }
    }
    return row.back();
}

}  // namespace

std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& candidates) {
    // Longer than any name that is on offer: the distance takes the product of the lengths to find.
    constexpr std::size_t kLongestName = 64;
    // More than people read: what is left is not looked at.
    constexpr std::size_t kMostCandidates = 1000;
    if (word.size() > kLongestName) return std::nullopt;
    std::optional<std::string> best;
    std::size_t best_distance = std::max<std::size_t>(2, word.size() / 3) + 1;
    for (const auto& candidate : candidates | std::views::take(kMostCandidates)) {
        const auto difference = std::max(word.size(), candidate.size()) - std::min(word.size(), candidate.size());
        if (difference >= best_distance) continue;  // no less than that many letters are more or fewer
        const auto distance = edit_distance(word, candidate);
        if (distance < best_distance) {
            best_distance = distance;
            best = candidate;
        }
    }
    return best;
}

std::string to_short_string(std::chrono::nanoseconds duration) {
    using namespace std::chrono;
    if (duration < seconds{1}) return fmt::format("{}ms", duration_cast<milliseconds>(duration).count());
    const auto tenths = (duration_cast<milliseconds>(duration).count() + 50) / 100;
    if (tenths < 600) return fmt::format("{}.{}s", tenths / 10, tenths % 10);
    const auto whole = round<seconds>(duration).count();
    return fmt::format("{}m{:02}s", whole / 60, whole % 60);
}

std::string last_lines(std::string_view text, std::size_t count) {
    auto lines = split_lines(text);
    if (lines.size() > count) lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(count));
    return join(lines, "\n");
}

std::string error_lines(std::string_view text, std::size_t count) {
    auto lines = split_lines(text);
    std::erase_if(lines, [](const auto& line) { return !line.starts_with("E: "); });
    if (lines.empty()) return last_lines(text, count);
    if (lines.size() > count) lines.resize(count);
    return join(lines, "\n");
}

std::string random_word(std::size_t length) {
    static constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
    std::random_device source;
    std::uniform_int_distribution<std::size_t> pick(0, kAlphabet.size() - 1);
    std::string word;
    while (word.size() < length) word += kAlphabet[pick(source)];
    return word;
}

std::string to_iso8601(std::chrono::system_clock::time_point time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(time - seconds).count();
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)),
                       millis);
}

}  // namespace crib
