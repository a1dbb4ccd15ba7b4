#include "harness/scenario/references.h"

#include "harness/base/references.h"

#include <string_view>

namespace crib::scenario {

Replaced replace_references(const std::string& text, const std::map<std::string, std::string>& versions) {
    constexpr std::string_view prefix = "versions.";
    Replaced result{{}, {}};
    std::string_view left = text;
    while (const auto found = next_reference(left)) {
        const std::string name(found->name);
        const auto version = name.starts_with(prefix) ? versions.find(name.substr(prefix.size())) : versions.end();
        if (version == versions.end()) return {{}, name};
        result.text += std::string(found->before) + version->second;
        left = found->rest;
    }
    result.text += left;
    return result;
}

}  // namespace crib::scenario
