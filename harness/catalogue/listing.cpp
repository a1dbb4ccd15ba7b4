#include "harness/catalogue/listing.h"

#include "harness/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace crib::catalogue {
namespace {

using nlohmann::ordered_json;

// Versions of one minor, or one alone that has no numbers.
using Minor = std::vector<const KnownVersion*>;

std::vector<Minor> minors_of(const std::vector<KnownVersion>& versions) {
    std::vector<Minor> minors;
    for (const auto& known : versions) {
        const bool goes_on = !minors.empty() && minors.back().front()->version.major() == known.version.major() &&
                             minors.back().front()->version.minor() == known.version.minor();
        if (goes_on) {
            minors.back().push_back(&known);
        } else {
            minors.push_back({&known});
        }
    }
    return minors;
}

// "1.36.0 to 1.36.3", or each where there are holes.
std::string range_of(const Minor& minor) {
    const bool whole =
        minor.size() > 2 && minor.front()->version.patch() == 0 && minor.back()->version.patch() + 1 == minor.size();
    if (whole) return fmt::format("{} to {}", minor.front()->text, minor.back()->text);
    std::vector<std::string> texts;
    for (const auto* known : minor) texts.push_back(known->text);
    if (texts.size() > 3) return fmt::format("{} to {}, {} of them", texts.front(), texts.back(), texts.size());
    return join(texts, " ");
}

std::string from(const Minor& minor, Source source) {
    std::vector<std::string> texts;
    for (const auto* known : minor) {
        if (known->comes_from(source)) texts.push_back(known->text);
    }
    if (texts.empty()) return "-";
    return texts.size() == minor.size() && texts.size() > 1 ? "all" : join(texts, " ");
}

// As from(), with the systems where not all that are known here can have it.
std::string from_upstream(const Catalogue& catalogue, const std::string& component, const Minor& minor) {
    auto text = from(minor, Source::upstream);
    const auto systems = catalogue.packaged_for(component, minor.back()->text);
    if (text == "-" || !systems) return text;
    return fmt::format("{}, for {}", text, systems->empty() ? "no system known here" : join(*systems, " "));
}

std::string state_of(const Catalogue& catalogue, const std::string& component, const KnownVersion& version) {
    if (!catalogue.has_facts(component, version.text)) return {};
    if (component == "kubernetes") return catalogue.kubernetes(version.text).maintained ? "maintained" : "ended";
    if (component == "cri-o") return catalogue.cri_o(version.text).maintained ? "maintained" : "ended";
    return {};
}

constexpr std::array<const char*, 3> kNames{"latest", "latest-1", "stable"};

std::vector<std::string> meanings(const Catalogue& catalogue, const std::string& component,
                                  std::optional<Source> source) {
    std::vector<std::string> found;
    for (const auto* name : kNames) found.push_back(catalogue.resolve(component, name, source).version.value_or("-"));
    return found;
}

ordered_json names_json(const Catalogue& catalogue, const std::string& component, std::optional<Source> source) {
    ordered_json names = ordered_json::object();
    const auto found = meanings(catalogue, component, source);
    for (std::size_t i = 0; i < kNames.size(); ++i) {
        if (found[i] != "-") names[kNames.at(i)] = found[i];
    }
    return names;
}

ordered_json component_json(const Catalogue& catalogue, const std::string& component) {
    ordered_json versions = ordered_json::array();
    for (const auto& known : catalogue.versions(component)) {
        ordered_json version{{"version", known.text}, {"sources", ordered_json::array()}};
        for (const auto source : known.sources) version["sources"].push_back(to_string(source));
        if (const auto systems = catalogue.packaged_for(component, known.text)) version["upstream-for"] = *systems;
        const auto state = state_of(catalogue, component, known);
        if (!state.empty()) version["state"] = state;
        versions.push_back(std::move(version));
    }
    return {{"name", component},
            {"names",
             {{"anywhere", names_json(catalogue, component, std::nullopt)},
              {"modules", names_json(catalogue, component, Source::modules)},
              {"upstream", names_json(catalogue, component, Source::upstream)}}},
            {"versions", std::move(versions)}};
}

ordered_json system_json(const OperatingSystem& os) {
    ordered_json packages = ordered_json::object();
    for (const auto& [name, package] : os.packages) packages[name] = package.version;
    return {{"name", os.name},     {"title", os.title},     {"package-manager", os.package_manager},
            {"kernel", os.kernel}, {"systemd", os.systemd}, {"cgroup", os.cgroup},
            {"kubic", os.kubic},   {"packages", packages}};
}

}  // namespace

std::vector<std::vector<std::string>> version_rows(const Catalogue& catalogue,
                                                   const std::vector<std::string>& components) {
    std::vector<std::vector<std::string>> rows{
        {"COMPONENT", "MINOR", "KNOWN", "MODULES", "UPSTREAM", "LOCAL", "STATE"}};
    for (const auto& component : components) {
        for (const auto& minor : minors_of(catalogue.versions(component))) {
            const auto& newest = *minor.back();
            const auto state = state_of(catalogue, component, newest);
            const bool has_numbers = parse_version(newest.text).has_value();
            rows.push_back({component,
                            has_numbers ? fmt::format("{}.{}", newest.version.major(), newest.version.minor()) : "-",
                            range_of(minor), from(minor, Source::modules), from_upstream(catalogue, component, minor),
                            from(minor, Source::local), state.empty() ? "-" : state});
        }
    }
    return rows;
}

std::vector<std::vector<std::string>> name_rows(const Catalogue& catalogue,
                                                const std::vector<std::string>& components) {
    std::vector<std::vector<std::string>> rows{{"COMPONENT", "FROM", "LATEST", "LATEST-1", "STABLE"}};
    for (const auto& component : components) {
        auto add = [&](const char* where, std::optional<Source> source) {
            auto row = meanings(catalogue, component, source);
            row.insert(row.begin(), {component, where});
            rows.push_back(std::move(row));
        };
        add("anywhere", std::nullopt);
        add("modules", Source::modules);
    }
    return rows;
}

std::string listing_json(const Catalogue& catalogue, const std::vector<std::string>& components) {
    ordered_json document{{"components", ordered_json::array()}, {"operating-systems", ordered_json::array()}};
    for (const auto& component : components) {
        document["components"].push_back(component_json(catalogue, component));
    }
    for (const auto& os : catalogue.operating_systems()) document["operating-systems"].push_back(system_json(os));
    return document.dump(2) + "\n";
}

}  // namespace crib::catalogue
