#pragma once
// Positions: where each value and key of a JSON text stands. Internal to scenario.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace crib::scenario {

struct Place {
    unsigned line = 0;    // from 1
    unsigned column = 0;  // from 1, counted in characters
};

// The first byte that is no UTF-8; nothing when all is.
[[nodiscard]] std::optional<std::size_t> first_bad_utf8(std::string_view text);

// "$.nodes" and "memory" to "$.nodes.memory"; a key of unusual characters is put in brackets and quotes.
[[nodiscard]] std::string child_path(const std::string& path, const std::string& key);
[[nodiscard]] std::string child_path(const std::string& path, std::size_t index);

struct Positions {
    std::map<std::string, std::size_t> values;                    // path to offset
    std::map<std::string, std::size_t> keys;                      // path of the member to the offset of its key
    std::vector<std::pair<std::string, std::size_t>> duplicates;  // keys that stand twice in their object, each once
    std::vector<std::pair<std::string, std::size_t>> zero_bytes;  // values and members whose text or key has one
    // Where the search ended: nesting goes beyond 64 levels, or there are more values and longer paths than can be
    // kept.
    std::optional<std::size_t> too_deep;
    std::optional<std::size_t> too_much;
};

// `text` must be valid JSON.
[[nodiscard]] Positions find_positions(std::string_view text);

}  // namespace crib::scenario
