#pragma once
// The keys that a JSON Schema describes, as people write their paths. Internal to scenario; pure.

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace crib::scenario {

struct Field {
    std::string path;                              // "nodes.memory", "versions.NAME"
    const nlohmann::ordered_json* node = nullptr;  // of the schema
};

// In the order of the schema. `schema` must outlive them.
[[nodiscard]] std::vector<Field> fields_in(const nlohmann::ordered_json& schema);

// Error(usage) with the nearest for an unknown one.
[[nodiscard]] std::string explain_field(const nlohmann::ordered_json& schema, const std::string& path);

}  // namespace crib::scenario
