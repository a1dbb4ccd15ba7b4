#include "harness/checkpoint/memory_index.h"

#include "harness/base/text.h"
#include "harness/checkpoint/entry.h"
#include "harness/checkpoint/memory_view.h"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>

namespace crib::checkpoint {
namespace {

constexpr std::string_view kMagic = "crib-memory";

}  // namespace

std::uint64_t read_number(const std::string& word) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc() || end != word.data() + word.size()) throw Damage("it has no number where one is due");
    return value;
}

std::uint64_t MemoryIndex::packed_bytes() const {
    std::uint64_t sum = 0;
    for (const auto& piece : pieces) sum += piece.packed;
    return sum;
}

std::uint64_t MemoryIndex::raw_size(std::size_t piece) const {
    return std::min(piece_bytes, raw_bytes - piece * piece_bytes);
}

std::string to_text(const MemoryIndex& index) {
    auto text = fmt::format("{} {} {}\n", kMagic, index.raw_bytes, index.piece_bytes);
    for (const auto& piece : index.pieces) {
        text += piece.packed == 0 ? std::string("0\n") : fmt::format("{} {}\n", piece.packed, piece.digest);
    }
    return text;
}

MemoryIndex read_index(std::string_view text) {
    const auto lines = split_lines(text);
    const auto head = split(lines.empty() ? "" : lines[0], ' ');
    if (head.size() != 3 || head[0] != kMagic) throw Damage("it is not a memory image of this format");
    MemoryIndex index{read_number(head[1]), read_number(head[2]), {}};
    const auto pieces = index.raw_bytes / kMemoryBlock + (index.raw_bytes % kMemoryBlock == 0 ? 0 : 1);
    if (index.piece_bytes != kMemoryBlock || pieces != lines.size() - 1) {
        throw Damage("its index does not go with its size");
    }
    for (std::size_t i = 1; i < lines.size(); ++i) {
        const auto words = split(lines[i], ' ');
        const bool is_zero = words.size() == 1 && words[0] == "0";
        if (!is_zero && words.size() != 2) throw Damage("its index is not of the right form");
        index.pieces.push_back(is_zero ? Piece{} : Piece{read_number(words[0]), words[1]});
        if (index.pieces.back().packed > 2 * kMemoryBlock) throw Damage("its index has a piece too large");
    }
    return index;
}

}  // namespace crib::checkpoint
