#include "harness/engine/bill.h"

#include <algorithm>

namespace crib::engine {
namespace {

constexpr const char* kNginx = "debian";  // what the pod of every recipe runs

component::Sources sources_of(const scenario::Scenario& scenario) {
    component::Sources sources;
    for (const auto& [name, source] : scenario.components) sources[name] = component::parse_source(source);
    return sources;
}

}  // namespace

std::vector<Versions> version_sets(const scenario::Scenario& scenario) {
    std::vector<Versions> all{scenario.versions};
    for (const auto& node : scenario.nodes) {
        auto versions = scenario.versions;
        for (const auto& [name, version] : node.versions) versions[name] = version;
        if (std::find(all.begin(), all.end(), versions) == all.end()) all.push_back(std::move(versions));
    }
    return all;
}

std::vector<component::Request> bill_of(const component::Table& table, const scenario::Scenario& scenario,
                                        const std::vector<std::string>& components, const Versions& versions) {
    component::WantedVersions wanted;
    for (const auto& component : components) wanted.emplace_back(component, versions.at(component));
    wanted.emplace_back("nginx", kNginx);
    std::string os = scenario.nodes.front().os;
    for (const auto& node : scenario.nodes) {
        if (node.os != os) os.clear();
    }
    return component::bill_of_materials(table, wanted, sources_of(scenario), os);
}

std::string pause_of(const component::Table& table, const scenario::Scenario& scenario) {
    const auto sources = sources_of(scenario);
    const auto chosen = sources.find("kubernetes");
    const auto source = chosen == sources.end() ? component::Source{} : chosen->second;
    const component::Request kubernetes{"kubernetes", scenario.versions.at("kubernetes"), source};
    return component::requirements_of(table, kubernetes).at("pause");
}

std::map<std::string, std::string> system_facts(const std::string& family, const std::string& package_manager) {
    return {{"family", family}, {"package_manager", package_manager}};
}

}  // namespace crib::engine
