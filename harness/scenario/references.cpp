#include "harness/scenario/references.h"

#include <algorithm>
#include <string_view>

namespace crib::scenario {

Replaced replace_references(const std::string& text, const std::map<std::string, std::string>& versions) {
    constexpr std::string_view prefix = "versions.";
    Replaced result{{}, {}};
    std::size_t at = 0;
    for (auto begin = text.find("${"); begin != std::string::npos; begin = text.find("${", at)) {
        const auto end = std::min(text.find('}', begin), text.size());
        const std::string name = text.substr(begin + 2, end - begin - 2);
        const auto version = name.starts_with(prefix) ? versions.find(name.substr(prefix.size())) : versions.end();
        if (version == versions.end()) return {{}, name};
        result.text += text.substr(at, begin - at) + version->second;
        at = end + 1;
    }
    if (at < text.size()) result.text += text.substr(at);
    return result;
}

}  // namespace crib::scenario
