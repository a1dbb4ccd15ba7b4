#pragma once
// LineIndex: from a byte of a text to its line and column, in a time that does not grow with the text. Internal to
// scenario.

#include "harness/scenario/positions.h"

#include <string_view>
#include <vector>

namespace crib::scenario {

class LineIndex {
public:
    LineIndex() = default;
    explicit LineIndex(std::string_view text);

    // `text` must be the one that the index is of.
    [[nodiscard]] Place place_of(std::string_view text, std::size_t offset) const;

private:
    [[nodiscard]] std::size_t characters_before(std::string_view text, std::size_t offset) const;

    std::vector<std::size_t> lines_{0};       // where each begins
    std::vector<std::size_t> characters_{0};  // how many there are before each block
};

}  // namespace crib::scenario
