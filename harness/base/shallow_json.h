#pragma once
// The JSON of a --set, which need not be any. Json is nlohmann::json or its ordered sister.

#include <algorithm>
#include <optional>
#include <string>

namespace crib {

// Nothing where it is nested more deeply than a scenario may be; discarded where the text is no JSON.
template <typename Json>
[[nodiscard]] std::optional<Json> parse_shallow_json(const std::string& text) {
    constexpr int kDeepest = 64;
    int deepest = 0;
    const auto count = [&](int depth, typename Json::parse_event_t, Json&) {
        deepest = std::max(deepest, depth);
        return true;
    };
    auto json = Json::parse(text, count, false);
    if (deepest > kDeepest) return std::nullopt;
    return json;
}

}  // namespace crib
