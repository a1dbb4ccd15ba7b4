#pragma once
// Texts and JSON that are described instead of written out.

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace crib::test {

// Described JSON becomes JSON, at any depth:
//     {"repeat": "a", "times": 9, "before": "x", "after": "y"}   a text
//     {"items": ITEM, "times": 9}                                a list; {} in its texts is the number
//     {"keys": "key{}", "times": 9, "value": VALUE}              an object
[[nodiscard]] nlohmann::ordered_json expanded(const nlohmann::ordered_json& described);

// Of a file, as README.md says: a text; {"json": ...}; {"from": ..., "with": ..., "more": ...}; {"repeat": ...};
// {"hex": ...}; {"pieces": [...]}.
[[nodiscard]] std::string made_text(const nlohmann::ordered_json& described);

[[nodiscard]] bool is_text(const nlohmann::ordered_json& described);

}  // namespace crib::test
