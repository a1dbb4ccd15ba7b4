#pragma once
// Cells: the cells of a matrix, a few bytes each: numbers into the tables of values that they share.

#include "harness/scenario/matrix_spec.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace crib::scenario {

struct Column {
    std::string path;
    std::vector<std::string> values;  // an axis's own first, then those that only included cells have
    std::size_t axis_values = 0;      // how many are the axis's own
    bool is_axis = true;              // else a path that only included cells set
};

class Cells {
public:
    static constexpr std::uint32_t kUnset = ~std::uint32_t{0};  // of a cell that does not set the path

    explicit Cells(std::vector<Column> columns = {});

    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] const std::vector<Column>& columns() const { return layout_->columns; }

    // The number of the cell's value in its column, or kUnset.
    [[nodiscard]] std::uint32_t at(std::size_t cell, std::size_t column) const {
        return numbers_[cell * columns().size() + column];
    }
    [[nodiscard]] std::vector<std::uint32_t> numbers(std::size_t cell) const;
    [[nodiscard]] Assignment assignment(std::size_t cell) const;

    // The values in the order of their paths, "debian-13,crun,1.36.3". A cell's id depends on nothing but its own
    // values and which paths are axes; "~" and a digest follow where the values alone would not be it: characters
    // that are awkward in file names, great length, or a path that is set by only some cells.
    [[nodiscard]] std::string id(std::size_t cell) const;

    // `numbers` has one for each column.
    void add(const std::vector<std::uint32_t>& numbers);

    // These of them, in this order.
    [[nodiscard]] Cells select(const std::vector<std::size_t>& cells) const;

    // Nothing of the columns is copied: one table of values for all.
    [[nodiscard]] Cells none() const;

private:
    struct Layout {
        std::vector<Column> columns;
        std::vector<std::size_t> by_path;              // columns in the order of their paths
        std::vector<std::vector<std::string>> labels;  // a value's part of the id
        std::vector<std::vector<bool>> exact;          // is that the value itself?
    };
    std::shared_ptr<const Layout> layout_;
    std::vector<std::uint32_t> numbers_;  // a row a cell
    std::size_t size_ = 0;
};

// The arguments of --set that make a cell of the scenario.
[[nodiscard]] std::vector<std::string> sets_of(const Assignment& assignment);

// "os=debian-13, versions.kubernetes=1.36.3"
[[nodiscard]] std::string to_string(const Assignment& assignment);

// The same for the same text on every machine, and another one for another seed.
[[nodiscard]] std::uint64_t stable_hash(std::uint64_t seed, std::string_view text);

}  // namespace crib::scenario
