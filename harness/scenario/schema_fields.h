#pragma once
// The keys that a JSON Schema describes, as people write their paths. Internal to scenario; pure.

#include "harness/scenario/schema.h"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace crib::scenario {

struct Field {
    std::string path;                              // "nodes.memory", "versions.NAME"
    const nlohmann::ordered_json* node = nullptr;  // of the schema
    bool required = false;
};

// In the order of the schema. `schema` must outlive them.
[[nodiscard]] std::vector<Field> fields_in(const nlohmann::ordered_json& schema);

// Of an empty path, the scenario as a whole. Error(usage) with the nearest for an unknown one.
[[nodiscard]] std::string explain_field(const nlohmann::ordered_json& schema, const std::string& path,
                                        const KnownNames& known);

}  // namespace crib::scenario
