#pragma once
// Where two lists differ: between what both begin with and what both end with.

#include <algorithm>
#include <cstddef>

namespace crib {

struct DifferingStretch {
    std::size_t skipped = 0;  // how many items both begin with
    std::size_t before = 0;   // how many of each stand between these and those that both end with
    std::size_t after = 0;
};

// Of lists with begin(), size() and [].
template <typename Before, typename After>
[[nodiscard]] DifferingStretch differing_stretch(const Before& before, const After& after) {
    DifferingStretch stretch;
    stretch.skipped = static_cast<std::size_t>(std::ranges::mismatch(before, after).in1 - before.begin());
    stretch.before = before.size() - stretch.skipped;
    stretch.after = after.size() - stretch.skipped;
    const auto last = [&](const auto& list, std::size_t count) -> const auto& {
        return list[stretch.skipped + count - 1];
    };
    while (stretch.before > 0 && stretch.after > 0 && last(before, stretch.before) == last(after, stretch.after)) {
        --stretch.before;
        --stretch.after;
    }
    return stretch;
}

}  // namespace crib
