#pragma once
// References in a scenario's texts: ${versions.NAME}.

#include <map>
#include <optional>
#include <string>

namespace crib::scenario {

struct Replaced {
    std::string text;
    std::optional<std::string> unknown;  // the first name in ${} that stands for nothing
};

[[nodiscard]] Replaced replace_references(const std::string& text, const std::map<std::string, std::string>& versions);

}  // namespace crib::scenario
