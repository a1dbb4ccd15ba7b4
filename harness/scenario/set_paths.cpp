#include "harness/scenario/set_paths.h"

#include "harness/base/checkout_source.h"
#include "harness/base/plain_path.h"
#include "harness/base/shallow_json.h"
#include "harness/base/system_error.h"
#include "harness/base/text.h"
#include "harness/scenario/path_segments.h"

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

namespace crib::scenario {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::string_view kScript = "script";

// What stands for a path that a --set names.
struct Recorded {
    std::function<std::string(const std::string& component, const std::string& path)> checkout;  // "local:PATH"
    std::function<std::string(const std::string& mutation, const std::string& path)> script;     // by number: "0"
};
using Replace = std::function<std::optional<std::string>(const std::string& text)>;  // nothing: it names no path

// Of "components.cri-o" and "components[cri-o]" components and cri-o; of a path that leads nowhere, which is refused
// when it is read, only that.
std::vector<std::string> names_in(const std::string& path) {
    const auto segments = segments_of(path);
    if (!segments) return {path};
    std::vector<std::string> names;
    for (const auto& segment : *segments) names.push_back(segment.name);
    return names;
}

std::optional<std::string> source_of(const std::string& component, const std::string& text, const Recorded& recorded) {
    const auto checkout = CheckoutSource::parse(text);
    if (!checkout || !checkout->has_path()) return std::nullopt;
    return recorded.checkout(component, checkout->path());
}

std::optional<std::string> script_of(const std::string& mutation, const std::string& text, const Recorded& recorded) {
    if (trim(text).empty()) return std::nullopt;
    return recorded.script(mutation, text);
}

// False where it is no text that names a path, or one by a path that JSON cannot have.
bool replace_text(Json& value, const Replace& replace) {
    if (!value.is_string()) return false;
    auto text = replace(value.get<std::string>());
    if (!text || !is_valid_utf8(*text)) return false;
    value = *std::move(text);
    return true;
}

bool replace_sources(Json& components, const Recorded& recorded) {
    if (!components.is_object()) return false;
    bool names_one = false;
    for (auto& [name, value] : components.items()) {
        const auto& component = name;
        const auto source = [&](const std::string& text) { return source_of(component, text, recorded); };
        names_one = replace_text(value, source) || names_one;
    }
    return names_one;
}

bool replace_script(Json& mutation, const std::string& number, const Recorded& recorded) {
    const std::string key(kScript);
    if (!mutation.is_object() || !mutation.contains(key)) return false;
    return replace_text(mutation[key], [&](const std::string& text) { return script_of(number, text, recorded); });
}

bool replace_scripts(Json& mutations, const Recorded& recorded) {
    if (!mutations.is_array()) return false;
    bool names_one = false;
    for (std::size_t i = 0; i < mutations.size(); ++i) {
        names_one = replace_script(mutations[i], std::to_string(i), recorded) || names_one;
    }
    return names_one;
}

// The text stays as it was typed where it names no path, is no JSON, or is refused when it is read.
std::string in_json(const std::string& text, const std::function<bool(Json&)>& change) {
    auto json = parse_shallow_json<Json>(text);
    if (!json || json->is_discarded()) return text;
    return change(*json) ? json->dump() : text;
}

std::string in_text(const std::string& text, const Replace& replace) {
    if (text.starts_with('"')) return in_json(text, [&](Json& json) { return replace_text(json, replace); });
    const auto replaced = replace(text);
    return replaced && is_valid_utf8(*replaced) ? *replaced : text;
}

std::string value_of(const std::vector<std::string>& names, const std::string& text, const Recorded& recorded) {
    if (names[0] == "components" && names.size() == 1) {
        return in_json(text, [&](Json& json) { return replace_sources(json, recorded); });
    }
    if (names[0] == "components" && names.size() == 2) {
        return in_text(text, [&](const std::string& one) { return source_of(names[1], one, recorded); });
    }
    if (names[0] != "mutations") return text;
    if (names.size() == 1) return in_json(text, [&](Json& json) { return replace_scripts(json, recorded); });
    if (names.size() == 2) return in_json(text, [&](Json& json) { return replace_script(json, names[1], recorded); });
    if (names.size() != 3 || names[2] != kScript) return text;
    return in_text(text, [&](const std::string& one) { return script_of(names[1], one, recorded); });
}

std::vector<std::string> with(std::vector<std::string> sets, const Recorded& recorded) {
    for (auto& set : sets) {
        const auto equals = set.find('=');
        if (equals == std::string::npos) continue;
        set = set.substr(0, equals + 1) + value_of(names_in(set.substr(0, equals)), set.substr(equals + 1), recorded);
    }
    return sets;
}

// What begins with a reference may be an absolute path already.
std::string absolute_source(const std::string& path, const fs::path& folder = {}) {
    const CheckoutSource checkout(path);
    return path.starts_with("${") ? checkout.text() : CheckoutSource(checkout.folder(folder)).text();
}

std::string absolute_script(const std::string& path, const fs::path& folder = {}) {
    return path.starts_with("${") ? path : plain_path(absolute_path(folder / path)).string();
}

std::string found_script(const Scenario& scenario, const std::string& number, const std::string& path) {
    const auto is_it = [&](const auto& mutation) { return mutation.path == "$.mutations[" + number + "]"; };
    const auto found = std::ranges::find_if(scenario.mutations, is_it);
    const bool has_reference = path.find("${") != std::string::npos;
    return absolute_script(has_reference && found != scenario.mutations.end() ? found->origin : path);
}

}  // namespace

std::vector<std::string> with_absolute_paths(std::vector<std::string> sets, const fs::path& folder) {
    const auto source = [&](const std::string&, const std::string& path) { return absolute_source(path, folder); };
    const auto script = [&](const std::string&, const std::string& path) { return absolute_script(path, folder); };
    return with(std::move(sets), {source, script});
}

std::vector<std::string> with_found_paths(std::vector<std::string> sets, const Scenario& scenario) {
    const auto source = [&](const std::string& component, const std::string& path) {
        const auto found = scenario.components.find(component);
        return found == scenario.components.end() ? absolute_source(path) : found->second;
    };
    const auto script = [&](const std::string& number, const std::string& path) {
        return found_script(scenario, number, path);
    };
    return with(std::move(sets), {source, script});
}

bool names_path(const std::string& set) {
    bool is_any = false;
    const auto note = [&](const std::string&, const std::string& path) {
        is_any = true;
        return path;
    };
    (void)with({set}, {note, note});
    return is_any;
}

std::vector<std::string> scripts_of(const std::string& set) {
    std::vector<std::string> scripts;
    const auto source = [](const std::string&, const std::string& path) { return path; };
    const auto script = [&](const std::string&, const std::string& path) { return scripts.emplace_back(path); };
    (void)with({set}, {source, script});
    return scripts;
}

}  // namespace crib::scenario
