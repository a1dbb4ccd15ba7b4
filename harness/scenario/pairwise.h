#pragma once
// Pairwise: few cells in which every pair of values of two axes still occurs.

#include "harness/scenario/cells.h"

#include <cstdint>

namespace crib::scenario {

struct Pairwise {
    Cells cells;            // in their old order
    std::size_t of = 0;     // how many there were
    std::size_t pairs = 0;  // how many pairs occur in them, and in `cells` as well
};

// Covers each pair of axis values that some cell of the axes' product has: an excluded pair is in none. Cells beside
// the product (included ones) are all kept. Greedy, ties by the hash of seed and id: the same for a seed whatever
// the order of the cells. Of a single axis all cells stay.
[[nodiscard]] Pairwise pairwise(const Cells& cells, std::uint64_t seed);

}  // namespace crib::scenario
