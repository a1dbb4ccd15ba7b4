#include "harness/engine/changed_lines.h"

#include "harness/base/differing_stretch.h"
#include "harness/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <unordered_map>

namespace crib::engine {
namespace {

// Of each text, behind what both begin with and before what both end with. Nobody reads more.
constexpr std::size_t kMostLines = 2000;

// Lines by their numbers: equal ones have the same.
using Numbers = std::vector<std::uint32_t>;
using Some = std::span<const std::uint32_t>;

class Numbering {
public:
    Numbers of(const std::vector<std::string>& lines) {
        Numbers numbers;
        numbers.reserve(lines.size());
        for (const auto& line : lines) {
            numbers.push_back(numbers_.emplace(line, static_cast<std::uint32_t>(numbers_.size())).first->second);
        }
        return numbers;
    }

private:
    std::unordered_map<std::string_view, std::uint32_t> numbers_;
};

// How long the longest common part of each two tails is.
class CommonTails {
public:
    CommonTails(Some a, Some b) : width_(b.size() + 1), length_((a.size() + 1) * width_) {
        for (std::size_t i = a.size(); i-- > 0;) {
            for (std::size_t j = b.size(); j-- > 0;) {
                length_[i * width_ + j] = a[i] == b[j] ? static_cast<std::uint16_t>(at(i + 1, j + 1) + 1)
                                                       : std::max(at(i + 1, j), at(i, j + 1));
            }
        }
    }

    [[nodiscard]] std::uint16_t at(std::size_t i, std::size_t j) const { return length_[i * width_ + j]; }

private:
    static_assert(kMostLines <= UINT16_MAX);

    std::size_t width_;
    std::vector<std::uint16_t> length_;
};

// `skipped`: how many lines stand before those.
std::vector<std::string> marked(const std::vector<std::string>& before, const std::vector<std::string>& after, Some a,
                                Some b, std::size_t skipped) {
    const CommonTails common(a, b);
    std::vector<std::string> lines;
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < a.size() || j < b.size()) {
        if (i < a.size() && j < b.size() && a[i] == b[j]) {
            ++i;
            ++j;
        } else if (j == b.size() || (i < a.size() && common.at(i + 1, j) >= common.at(i, j + 1))) {
            lines.push_back("-" + before[skipped + i++]);
        } else {
            lines.push_back("+" + after[skipped + j++]);
        }
    }
    return lines;
}

}  // namespace

std::vector<std::string> LineComparison::changed(std::string_view before, std::string_view after) {
    const auto old_lines = split_lines(before);
    const auto new_lines = split_lines(after);
    Numbering numbering;
    const auto old_numbers = numbering.of(old_lines);
    const auto new_numbers = numbering.of(new_lines);
    const auto [skipped, of_old, of_new] = differing_stretch(old_numbers, new_numbers);
    const auto a = Some(old_numbers).subspan(skipped, of_old);
    const auto b = Some(new_numbers).subspan(skipped, of_new);
    const auto pairs = (a.size() + 1) * (b.size() + 1);
    if (a.size() <= kMostLines && b.size() <= kMostLines && pairs <= pairs_left_) {
        pairs_left_ -= pairs;
        auto lines = marked(old_lines, new_lines, a, b, skipped);
        std::uint64_t bytes = 0;
        for (const auto& line : lines) bytes += line.size();
        if (bytes <= bytes_left_) {
            bytes_left_ -= bytes;
            return lines;
        }
    }
    return {
        fmt::format("{} lines -> {} lines, which differ in too much to be shown", old_lines.size(), new_lines.size())};
}

}  // namespace crib::engine
