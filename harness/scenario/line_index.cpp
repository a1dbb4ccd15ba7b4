#include "harness/scenario/line_index.h"

#include <algorithm>

namespace crib::scenario {
namespace {

constexpr std::size_t kBlock = 256;

bool begins_character(char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
}

}  // namespace

LineIndex::LineIndex(std::string_view text) {
    std::size_t characters = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '\n') lines_.push_back(at + 1);
        if (begins_character(text[at])) ++characters;
        if ((at + 1) % kBlock == 0) characters_.push_back(characters);
    }
}

Place LineIndex::place_of(std::string_view text, std::size_t offset) const {
    const auto at = std::min(offset, text.size());
    const auto line = std::upper_bound(lines_.begin(), lines_.end(), at) - 1;
    return {static_cast<unsigned>(line - lines_.begin() + 1),
            static_cast<unsigned>(characters_before(text, at) - characters_before(text, *line) + 1)};
}

std::size_t LineIndex::characters_before(std::string_view text, std::size_t offset) const {
    const auto block = offset / kBlock;
    const auto rest = text.substr(block * kBlock, offset - block * kBlock);
    return characters_[block] + static_cast<std::size_t>(std::ranges::count_if(rest, begins_character));
}

}  // namespace crib::scenario
