#include "harness/cli/checkout_sets.h"

#include "harness/base/system_error.h"
#include "harness/base/text.h"

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

namespace crib::cli {
namespace {

using Json = nlohmann::ordered_json;
using SourceOf = std::function<std::string(const std::string& component, const std::string& path)>;

constexpr std::string_view kComponents = "components";
constexpr std::string_view kLocal = "local:";

// Of "components.cri-o" and "components[cri-o]" the component.
std::optional<std::string> component_in(const std::string& path) {
    if (!path.starts_with(kComponents)) return std::nullopt;
    const auto rest = path.substr(kComponents.size());
    if (rest.starts_with('.')) return rest.substr(1);
    if (rest.starts_with('[') && rest.ends_with(']')) return rest.substr(1, rest.size() - 2);
    return std::nullopt;
}

// False where it is no text with the path of a checkout, or none that JSON can have.
bool replace_source(Json& value, const std::string& component, const SourceOf& source_of) {
    if (!value.is_string()) return false;
    const auto text = value.get<std::string>();
    if (!text.starts_with(kLocal) || text.size() == kLocal.size()) return false;
    auto source = source_of(component, text.substr(kLocal.size()));
    if (!is_valid_utf8(source)) return false;
    value = std::move(source);
    return true;
}

// The whole of a text that is JSON; what is no list of sources is refused when it is read.
std::string with_sources_in_json(const std::string& text, const std::optional<std::string>& component,
                                 const SourceOf& source_of) {
    auto json = Json::parse(text, nullptr, false);
    bool is_changed = false;
    if (component) {
        is_changed = replace_source(json, *component, source_of);
    } else if (json.is_object()) {
        for (auto& [name, value] : json.items()) {
            if (!value.is_string()) return text;
            is_changed = replace_source(value, name, source_of) || is_changed;
        }
    }
    return is_changed ? json.dump() : text;
}

std::string with_sources(const std::string& set, const SourceOf& source_of) {
    const auto path = set.substr(0, set.find('='));
    const auto component = component_in(path);
    if (path.size() == set.size() || (!component && path != kComponents)) return set;
    const auto value = set.substr(path.size() + 1);
    if (!component || value.starts_with('"')) return path + "=" + with_sources_in_json(value, component, source_of);
    if (!value.starts_with(kLocal) || value.size() == kLocal.size()) return set;
    return path + "=" + source_of(*component, value.substr(kLocal.size()));
}

std::string absolute_source(const std::string& path) {
    return std::string(kLocal) + absolute_path(path).string();
}

}  // namespace

std::vector<std::string> with_absolute_checkouts(std::vector<std::string> sets) {
    for (auto& set : sets) {
        set = with_sources(set, [](const std::string&, const std::string& path) { return absolute_source(path); });
    }
    return sets;
}

std::vector<std::string> with_found_checkouts(std::vector<std::string> sets, const scenario::Scenario& scenario) {
    for (auto& set : sets) {
        set = with_sources(set, [&](const std::string& component, const std::string& path) {
            const auto found = scenario.components.find(component);
            return found == scenario.components.end() ? absolute_source(path) : found->second;
        });
    }
    return sets;
}

}  // namespace crib::cli
