#pragma once
// How the cells of a matrix were chosen among all: a resumed matrix does not choose in the same way again.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

namespace crib::events {

struct PairwiseChoice {
    std::uint64_t seed = 0;
    bool operator==(const PairwiseChoice&) const = default;
};

struct SampleChoice {
    std::uint64_t seed = 0;
    std::size_t cells = 0;  // that it left
    bool operator==(const SampleChoice&) const = default;
};

struct ShardChoice {
    unsigned number = 1;  // from 1
    unsigned of = 1;
    bool operator==(const ShardChoice&) const = default;
};

using CellChoice = std::variant<PairwiseChoice, SampleChoice, ShardChoice>;

// Of MatrixRecord::chosen as cribs wrote it whose records had nothing but this sentence. What is none of the three is
// passed over.
[[nodiscard]] std::vector<CellChoice> choices_in(std::string_view chosen);

}  // namespace crib::events
