// Reads "components" and "versions", of the scenario and of a node.

#include "harness/base/checkout_source.h"
#include "harness/base/input_file.h"
#include "harness/base/references.h"
#include "harness/base/text.h"
#include "harness/scenario/limits.h"
#include "harness/scenario/reading.h"
#include "harness/scenario/value_folders.h"
#include "harness/scenario/version_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace crib::scenario {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kUpstream = "upstream";

std::vector<std::string> component_names(const Known& known) {
    std::vector<std::string> names;
    for (const auto& [name, versions] : known.versions) names.push_back(name);
    return names;
}

// Is it a component that a scenario gives the version of, if its recipe is another one? Else something may require it.
bool is_taken_elsewhere(const Known& known, const std::string& component) {
    return std::any_of(known.recipe_names.begin(), known.recipe_names.end(), [&](const auto& recipe) {
        const auto& taken = recipe.second.components;
        return std::find(taken.begin(), taken.end(), component) != taken.end();
    });
}

// Builds of the others have parts that no checkout holds.
std::string why_no_checkout(const Known& known, const std::string& component) {
    if (known.from_checkouts.empty() || !known.versions.contains(component)) return {};
    const auto& names = known.from_checkouts;
    if (std::find(names.begin(), names.end(), component) != names.end()) return {};
    return fmt::format("{} cannot be built from a checkout", component);
}

std::string problem_with_checkout(const std::filesystem::path& folder) {
    std::error_code ignored;
    if (!std::filesystem::is_directory(folder, ignored)) return fmt::format("there is no folder {}", folder.string());
    const auto go_mod = try_open_input(folder / "go.mod", input_kind::go_mod);
    if (go_mod.state == OpenedInput::State::open) return {};
    if (go_mod.state == OpenedInput::State::absent) {
        return fmt::format("{} has no go.mod: it is no checkout", folder.string());
    }
    return fmt::format("{}: {}", (folder / "go.mod").string(), go_mod.problem);
}

void read_component(Reading& reading, const std::string& name, const Json& value, const std::string& path) {
    reading.fields.require_known(name, path, "component", component_names(reading.known), Document::At::key);
    if (!reading.fields.require_type(value, path, Json::value_t::string)) return;
    if (!reading.takes(name) && is_taken_elsewhere(reading.known, name)) {
        reading.document.note(
            path, fmt::format("not used: {} sets up {}", reading.scenario.recipe, join(*reading.components(), ", ")));
    }
    auto source = reading.fields.expand(value.get<std::string>(), path);
    if (!source) return;
    const auto& known = reading.known.sources;
    const auto checkout = CheckoutSource::parse(*source);
    if (checkout && !checkout->has_path()) {
        reading.document.report(path, "\"local:\" names no checkout", "write its path behind it: local:../cri-o");
    } else if (const auto why = why_no_checkout(reading.known, name); checkout && !why.empty()) {
        reading.document.report(path, why, "local:PATH is for " + join(reading.known.from_checkouts, ", "));
    } else if (checkout) {
        const auto folder = checkout->folder(reading.document.folder_of(path));
        if (const auto problem = problem_with_checkout(folder); !problem.empty()) {
            reading.document.report(
                path, problem,
                "local:PATH is the path of a checkout" + why_not_here(reading.document, path, checkout->path()));
        }
        source = CheckoutSource(folder).text();
    } else if (std::find(known.begin(), known.end(), *source) == known.end()) {
        reading.document.report(path, fmt::format("unknown source \"{}\"", *source),
                                fmt::format("one of {}, or local:PATH (a checkout)", join(known, ", ")));
    }
    reading.scenario.components[name] = *source;
}

void read_components(Reading& reading) {
    const auto* components = reading.top("components", Json::value_t::object);
    if (components == nullptr) return;
    auto left = reading.fields.count_of(*components, "$.components", "components", kMostComponents);
    for (const auto& [name, value] : components->items()) {
        if (left-- == 0) break;
        read_component(reading, name, value, child_path("$.components", name));
    }
}

std::string source_of(const Scenario& scenario, const std::string& component) {
    const auto source = scenario.components.find(component);
    return source == scenario.components.end() ? "modules" : source->second;
}

// What the text stands for, or a report and the text itself.
std::string resolve(Reading& reading, const std::string& component, const std::string& wanted, const std::string& os,
                    const std::string& path) {
    const auto source = source_of(reading.scenario, component);
    if (!reading.fields.require_length(wanted, path, kLongestVersion)) return wanted;
    if (is_checkout(source)) {
        if (!can_name_checkout(wanted)) {
            reading.document.report(path,
                                    fmt::format("\"{}\" is not a version that a checkout can be built as", wanted),
                                    "write the version that it is nearest to, such as 1.36.3");
        }
        return wanted;
    }
    // Publishers have more versions than are known here; whether they have this one shows when it is fetched.
    if (source == kUpstream && looks_like_version(wanted)) return wanted;
    const auto on_offer = reading.known.versions.find(component);
    if (reading.known.resolve_version) {
        auto resolved = reading.known.resolve_version({component, wanted, os, source});
        if (resolved.version) return *resolved.version;
        if (resolved.elsewhere) {
            reading.document.report_combination(path, resolved.problem, resolved.hint);
        } else {
            reading.document.report(path, resolved.problem, resolved.hint);
        }
    } else if (on_offer != reading.known.versions.end() && source != kUpstream) {
        reading.fields.require_known(wanted, path, "version of " + component, on_offer->second);
    } else if (!looks_like_version(wanted)) {
        reading.document.report(path, fmt::format("\"{}\" is not a version", wanted), "a version is like 1.36.3");
    }
    return wanted;
}

// Whether the recipe takes this one's version; where it does not, that is noted.
bool takes(Reading& reading, const std::string& component, const std::string& path) {
    if (reading.takes(component)) return true;
    reading.document.note(path, fmt::format("not used: {} takes the version of {}", reading.scenario.recipe,
                                            join(*reading.components(), ", ")));
    return false;
}

std::string example_of(const std::vector<std::string>& components, const Known& known) {
    std::vector<std::string> members;
    for (const auto& component : components) {
        const auto versions = known.versions.find(component);
        const bool is_known = versions != known.versions.end() && !versions->second.empty();
        members.push_back(fmt::format(R"("{}": "{}")", component, is_known ? versions->second.back() : "latest"));
    }
    if (members.empty()) return {};  // of a recipe that is not known
    return fmt::format(R"(for example "versions": {{{}}})", join(members, ", "));
}

// The scenario's versions: one may refer to another, whichever stands first.
class VersionReader {
public:
    VersionReader(Reading& reading, const Json& versions) : reading_(reading), versions_(versions) {}

    void read_all() {
        // A version that is wrong is told once, not again where it is referred to.
        if (versions_.size() <= kMostComponents) {
            for (const auto& [component, value] : versions_.items()) reading_.fields.define(kPrefix + component, "");
        }
        auto left = reading_.fields.count_of(versions_, "$.versions", "versions", kMostComponents);
        for (const auto& [component, value] : versions_.items()) {
            if (left-- == 0) break;
            read(component);
        }
    }

private:
    inline static const std::string kPrefix = "versions.";

    // False: it is wrong, and told; what refers to it cannot be read and is not told as well.
    bool read(const std::string& component) {
        if (!begun_.insert(component).second) return sound_.contains(component);
        const auto path = child_path("$.versions", component);
        if (!read_those_in(component, path)) return false;
        ended_.insert(component);
        const bool is_known = reading_.fields.require_known(component, path, "component",
                                                            component_names(reading_.known), Document::At::key);
        const auto wanted = reading_.fields.text(versions_, "$.versions", component, true);
        if (!wanted || !is_known) return false;
        const auto version = resolve(reading_, component, *wanted, reading_.scenario.os, path);
        reading_.fields.define(kPrefix + component, version);
        sound_.insert(component);
        if (!takes(reading_, component, path)) return true;
        const Json& written = versions_[component];
        reading_.scenario.versions[component] = version;
        reading_.scenario.written_versions[component] = written.is_string() ? written.get<std::string>() : *wanted;
        return true;
    }

    // What this one refers to is read before it.
    bool read_those_in(const std::string& component, const std::string& path) {
        if (!versions_[component].is_string()) return true;
        std::string_view text = versions_[component].get_ref<const std::string&>();
        while (const auto found = next_reference(text)) {
            text = found->rest;
            if (!found->name.starts_with(kPrefix)) continue;
            const std::string other(found->name.substr(kPrefix.size()));
            if (!versions_.contains(other)) continue;
            if (begun_.contains(other) && !ended_.contains(other)) {
                reading_.document.report(path, fmt::format("the version of \"{}\" refers to itself", component));
                return false;
            }
            if (!read(other)) return false;
        }
        return true;
    }

    Reading& reading_;
    const Json& versions_;
    std::set<std::string> begun_;
    std::set<std::string> ended_;  // the search for what they refer to
    std::set<std::string> sound_;
};

}  // namespace

void read_versions(Reading& reading) {
    read_components(reading);
    const auto needed = reading.components() == nullptr ? std::vector<std::string>{} : *reading.components();
    const Json& root = reading.document.root();
    if (!root.contains("versions")) {
        if (reading.fields.is_misspelt("$.versions")) return;
        reading.document.report("$", "\"versions\" is missing", example_of(needed, reading.known));
        return;
    }
    const auto* versions = reading.top("versions", Json::value_t::object);
    if (versions == nullptr) return;
    VersionReader(reading, *versions).read_all();
    for (const auto& component : needed) {
        if (versions->contains(component)) continue;
        const auto known = reading.known.versions.find(component);
        reading.document.report("$.versions", fmt::format("the version of \"{}\" is missing", component),
                                known == reading.known.versions.end() ? "" : "on offer: " + join(known->second, ", "));
    }
}

void read_node_versions(Reading& reading, const Json& json, const std::string& path, Node& node) {
    const auto place = child_path(path, "versions");
    if (!json.contains("versions") || !reading.fields.require_type(json["versions"], place, Json::value_t::object))
        return;
    auto left = reading.fields.count_of(json["versions"], place, "versions", kMostComponents);
    for (const auto& [component, value] : json["versions"].items()) {
        if (left-- == 0) break;
        const auto at = child_path(place, component);
        const bool is_known =
            reading.fields.require_known(component, at, "component", component_names(reading.known), Document::At::key);
        const auto wanted = reading.fields.text(json["versions"], place, component, true);
        if (!wanted || !is_known || !takes(reading, component, at)) continue;
        node.versions[component] = resolve(reading, component, *wanted, node.os, at);
        node.written_versions[component] = value.is_string() ? value.get<std::string>() : *wanted;
    }
}

}  // namespace crib::scenario
