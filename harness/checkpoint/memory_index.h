#pragma once
// The index of a packed memory image. Internal to checkpoint.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace crib::checkpoint {

struct Piece {
    std::uint64_t packed = 0;  // bytes of its frame; 0: all zero, no frame
    std::string digest;        // of the frame, 64 hex digits; empty for a piece that is all zero
};

struct MemoryIndex {
    std::uint64_t raw_bytes = 0;
    std::uint64_t piece_bytes = 0;  // of all but the last
    std::vector<Piece> pieces;

    [[nodiscard]] std::uint64_t packed_bytes() const;  // of all frames
    [[nodiscard]] std::uint64_t raw_size(std::size_t piece) const;
};

[[nodiscard]] std::string to_text(const MemoryIndex& index);

// Damage when it is not a number, and no more.
[[nodiscard]] std::uint64_t read_number(const std::string& word);

// Damage when it is not the text of an index.
[[nodiscard]] MemoryIndex read_index(std::string_view text);

}  // namespace crib::checkpoint
