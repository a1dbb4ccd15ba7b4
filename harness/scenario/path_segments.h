#pragma once
// The parts of a path as --set and explain-field have it. Internal to scenario.

#include <optional>
#include <string>
#include <vector>

namespace crib::scenario {

struct Segment {
    std::string name;
    bool in_brackets = false;
};
using Segments = std::vector<Segment>;

// "nodes[0].memory" to nodes, 0, memory. What is in brackets may have dots in it, as many a label's key has. Nothing
// where a bracket stands alone; a name may be empty.
[[nodiscard]] std::optional<Segments> segments_of(const std::string& path);

}  // namespace crib::scenario
