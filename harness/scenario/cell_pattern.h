#pragma once
// Patterns over cells: which cells an exclusion, an expectation or --only means. `*` stands for any text, also none.

#include "harness/scenario/cells.h"

#include <string>
#include <string_view>
#include <vector>

namespace crib::scenario {

// "os=debian-13,versions.kubernetes=1.36.*": what stands for one path twice is an alternative. Error(usage) when
// it cannot be read.
[[nodiscard]] CellPattern parse_only(const std::string& text);

// A cell that does not set a path does not match a pattern of it.
[[nodiscard]] bool matches(const CellPattern& pattern, const Assignment& cell);

// A pattern made ready for many cells of one table: a look-up a column.
class PreparedPattern {
public:
    PreparedPattern(const CellPattern& pattern, const std::vector<Column>& columns);
    [[nodiscard]] bool matches(const std::vector<std::uint32_t>& numbers) const;

private:
    struct Wanted {
        std::size_t column = 0;
        std::vector<bool> values;
    };
    std::vector<Wanted> wanted_;
    bool hopeless_ = false;  // names a path that no cell sets
};

}  // namespace crib::scenario
