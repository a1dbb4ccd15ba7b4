#include "harness/scenario/references.h"

#include "harness/base/references.h"

#include <string_view>

namespace crib::scenario {

Replaced replace_facts(const std::string& text, const std::map<std::string, std::string>& facts,
                       const std::function<bool(const std::string&)>& kept) {
    constexpr std::size_t kMostAdded = 64U << 10U;
    Replaced result;
    std::string_view left = text;
    while (const auto found = next_reference(left)) {
        const std::string name(found->name);
        if (!found->closed) return {{}, name, false};
        result.text += found->before;
        const auto fact = facts.find(name);
        if (kept && kept(name)) {
            result.text += "${" + name + "}";
        } else if (fact != facts.end()) {
            result.text += fact->second;
        } else {
            return {{}, name, true};
        }
        if (result.text.size() > text.size() + kMostAdded) return {{}, {}, true, true};
        left = found->rest;
    }
    result.text += left;
    return result;
}

Replaced replace_references(const std::string& text, const std::map<std::string, std::string>& versions) {
    std::map<std::string, std::string> facts;
    for (const auto& [component, version] : versions) facts["versions." + component] = version;
    return replace_facts(text, facts);
}

}  // namespace crib::scenario
