#pragma once
// References in a scenario's texts: ${versions.NAME}, ${parameters.NAME} and so on.

#include <functional>
#include <map>
#include <optional>
#include <string>

namespace crib::scenario {

struct Replaced {
    std::string text;
    std::optional<std::string> unknown;  // the first name in ${} that stands for nothing
    bool closed = true;                  // false: the brace of `unknown` is not closed
    bool too_long = false;               // what it refers to makes it a text that nobody wants
};

// `facts` are names, "versions.cri-o", with what they stand for. References to names that `kept` holds of stay as
// they are, for others to replace.
[[nodiscard]] Replaced replace_facts(const std::string& text, const std::map<std::string, std::string>& facts,
                                     const std::function<bool(const std::string&)>& kept = {});

// ${versions.NAME} alone; `versions` is by component.
[[nodiscard]] Replaced replace_references(const std::string& text, const std::map<std::string, std::string>& versions);

}  // namespace crib::scenario
