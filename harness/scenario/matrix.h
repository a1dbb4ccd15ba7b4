#pragma once
// Expanding a matrix into its cells. Pure.

#include "harness/scenario/cell_pattern.h"
#include "harness/scenario/cells.h"
#include "harness/scenario/matrix_spec.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace crib::scenario {

struct ExpandHooks {
    // What a relative name stands for: {"versions.kubernetes", "latest-1"} to "1.35.6"; all else unchanged. Asked once
    // for each value and each pattern without `*`. What it throws passes. Empty: names are what they are.
    std::function<std::string(const std::string& path, const std::string& value)> resolve;
    // Why such a cell cannot be; no reasons: it can. Such cells are excluded, included ones too.
    std::function<std::vector<std::string>(const Assignment& cell)> illegal;
    // One text for all that mean the same: "1800MiB" and "1843200KiB". Empty: only equal texts do.
    std::function<std::string(const std::string& path, const std::string& value)> meaning{};
};

// The cells that were left out, and why.
struct Excluded {
    Cells cells;
    std::vector<std::uint32_t> reasons_of;          // of each cell, in `reasons`
    std::vector<std::vector<std::string>> reasons;  // a cell may have several; each list once

    [[nodiscard]] const std::vector<std::string>& of(std::size_t cell) const { return reasons[reasons_of[cell]]; }
};

struct Expansion {
    Cells cells;  // no two of one id
    Excluded excluded;
    std::vector<std::string> notes;  // for people: values merged, exclusions that match nothing
};

// `only` narrows the axes before anything is counted or made; what it leaves out is not listed as excluded.
// Error(usage) with the arithmetic when there would be more cells than the limit, before any is made; also when
// `only` names a path or value that there is not.
[[nodiscard]] Expansion expand(const Matrix& matrix, const CellPattern& only = {}, const ExpandHooks& hooks = {});

// Why expand() would refuse it; nothing: it would not.
struct SizeProblem {
    std::string message;  // with the arithmetic
    std::string hint;
};
[[nodiscard]] std::optional<SizeProblem> problem_with_size(const Matrix& matrix);

// Is any cell left? Looks at one after the other and keeps none. Nothing: there are too many to look at.
[[nodiscard]] std::optional<bool> has_cell(const Matrix& resolved, const ExpandHooks& hooks);

// At most so many of its cells, whatever its limit: all, or else some of each axis's values with some of each other's.
[[nodiscard]] Cells some_cells(const Matrix& resolved, const ExpandHooks& hooks, std::size_t most);

// The numbers of those exclusions that fit no cell of the axes' product, and of those expectations that fit no cell of
// it and no included one.
[[nodiscard]] std::vector<std::size_t> idle_exclusions(const Matrix& resolved);
[[nodiscard]] std::vector<std::size_t> idle_expectations(const Matrix& resolved);

// Those with the N smallest hashes of seed and id: a cell more or less changes at most one other. In their order.
[[nodiscard]] Cells sample(const Cells& cells, std::size_t count, std::uint64_t seed);

// What the matrix expects of this cell; nullptr: that it passes. `resolved`, as of resolved().
[[nodiscard]] const Expect* expected_of(const Matrix& resolved, const Assignment& cell);

// The matrix with all relative names resolved, equal values merged with a note.
[[nodiscard]] Matrix resolved(const Matrix& matrix, const ExpandHooks& hooks, std::vector<std::string>& notes);

// "1 234 567"
[[nodiscard]] std::string grouped(std::uint64_t number);

}  // namespace crib::scenario
