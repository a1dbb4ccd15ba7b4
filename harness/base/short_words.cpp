#include "harness/base/short_words.h"

#include "harness/base/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib {

std::string with_short_words(std::string_view text) {
    constexpr std::size_t kLongest = 300;  // bytes: most paths are shorter
    constexpr std::size_t kBegin = 150;
    constexpr std::size_t kEnd = 50;
    std::string result;
    while (!text.empty()) {
        const auto space = std::min(text.find_first_of(" \t\n"), text.size());
        if (space > kLongest) {
            auto begin = kBegin;
            auto end = space - kEnd;
            while (begin > 0 && is_inside_character(text[begin])) --begin;
            while (end < space && is_inside_character(text[end])) ++end;
            result += text.substr(0, begin);
            result += "…";
            result += text.substr(end, space - end);
        } else {
            result += text.substr(0, space);
        }
        const auto next = std::min(text.find_first_not_of(" \t\n", space), text.size());
        result += text.substr(space, next - space);
        text.remove_prefix(next);
    }
    return result;
}

std::string some_of(const std::vector<std::string>& names, std::size_t most) {
    if (names.size() <= most) return join(names, ", ");
    const std::vector<std::string> first(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(most));
    return fmt::format("{} and {} more", join(first, ", "), names.size() - most);
}

}  // namespace crib
