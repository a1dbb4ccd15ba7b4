#include "harness/engine/cell_lock.h"

#include "harness/base/error.h"
#include "harness/base/sha256.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::engine {
namespace {

std::string digest_of(const provision::PlannedStep& step) {
    KeyBuilder key;
    key.add("script", step.script);
    for (const auto& [name, value] : step.inputs) key.add("input " + name, value);
    for (const auto& file : step.files) key.add("file " + file.path, file.content);
    return key.key();
}

// Nodes that reach nothing outside get from crib what it fetched; a checkout is nobody else's to give.
std::string package_source(const Cell& cell) {
    const auto& scenario = cell.scenario;
    const auto is_upstream = [&](const std::string& component) {
        const auto found = scenario.components.find(component);
        return found != scenario.components.end() && found->second == "upstream";
    };
    const auto& components = cell.recipe.components;
    const bool all = !components.empty() && std::all_of(components.begin(), components.end(), is_upstream);
    return all && scenario.internet ? "upstream" : "crib";
}

}  // namespace

provision::RunFacts run_facts(const Cell& cell, const Supply& supply, const std::vector<CellNode>& nodes) {
    provision::RunFacts facts;
    for (const auto& node : nodes) {
        facts.nodes.push_back(
            {node.name(), node.control_plane(), node.ip, node.asked.os, supply.os.at(node.asked.os).inputs});
        auto& added = facts.nodes.back();
        added.labels = node.asked.labels;
        for (const auto& taint : node.asked.taints) added.taints.push_back({taint.key, taint.value, taint.effect});
        added.own_taints = node.asked.own_taints;
        added.versions = node.asked.versions;
        added.system = supply.os.at(node.asked.os).system;
    }
    facts.mutations = cell.scenario.mutations;
    facts.versions = cell.scenario.versions;
    facts.images = supply.images;
    facts.flannel_manifest = supply.flannel_manifest;
    facts.source = package_source(cell);
    return facts;
}

scenario::Lock make_lock(const Cell& cell, const Supply& supply, const std::vector<CellNode>& nodes) {
    scenario::Lock lock = supply.lock;
    lock.scenario = cell.scenario.name;
    lock.versions = cell.scenario.versions;
    for (const auto& node : cell.scenario.nodes) {
        for (const auto& [component, version] : node.versions) {
            const auto cluster = cell.scenario.versions.find(component);
            if (cluster != cell.scenario.versions.end() && cluster->second == version) continue;
            lock.versions[fmt::format("{} on {}", component, node.name)] = version;
        }
    }
    const auto plan = provision::plan_steps(cell.recipe, run_facts(cell, supply, nodes));
    for (const auto& step : plan.steps) lock.steps[fmt::format("{} on {}", step.id, step.node)] = digest_of(step);
    return lock;
}

void require_locked(const scenario::Lock& wanted, const scenario::Lock& found, const std::string& making) {
    const auto differing = scenario::differences(wanted, found);
    if (differing.empty()) return;
    std::string text = fmt::format("what would run is not what the lock says; {} {}:", differing.size(),
                                   differing.size() == 1 ? "thing differs" : "things differ");
    for (const auto& difference : differing) text += "\n    " + to_string(difference);
    throw Error(ErrorKind::usage, text, "run without --locked, or accept this: " + making);
}

}  // namespace crib::engine
