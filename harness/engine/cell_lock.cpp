#include "harness/engine/cell_lock.h"

#include "harness/base/error.h"
#include "harness/base/sha256.h"
#include "harness/base/text.h"

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

void add_scenario(scenario::Lock& lock, const scenario::Scenario& scenario) {
    lock.settings = {{"recipe", scenario.recipe}, {"internet", scenario.internet ? "yes" : "no"}};
    for (const auto& node : scenario.nodes) lock.nodes[node.name] = text_of(node);
    for (const auto& check : scenario.checks) lock.order["checks"].push_back(text_of(check));
    if (!scenario.expect) return;
    lock.expect = {{"fails-at", scenario.expect->fails_at}};
    if (!scenario.expect->node.empty()) lock.expect["node"] = scenario.expect->node;
    if (!scenario.expect->message.empty()) lock.expect["message"] = scenario.expect->message;
}

void add_steps(scenario::Lock& lock, const provision::Plan& plan) {
    for (const auto& step : plan.steps) {
        lock.steps[fmt::format("{} on {}", step.id, step.node)] = digest_of(step);
        const auto waits = step.needs.empty() ? "" : fmt::format(" (waits for {})", join(step.needs, ", "));
        lock.order["steps on " + step.node].push_back(step.id + waits);
    }
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

std::string text_of(const scenario::Node& node) {
    std::vector<std::string> words{scenario::to_string(node.role), node.os, to_exact_string(node.memory),
                                   fmt::format("{} vcpus", node.vcpus)};
    if (node.disk.bytes != 0) words.push_back("disk " + to_exact_string(node.disk));
    for (const auto& [key, value] : node.labels) words.push_back(fmt::format("label {}={}", key, value));
    for (const auto& taint : node.taints) {
        words.push_back(fmt::format("taint {}={}:{}", taint.key, taint.value, taint.effect));
    }
    if (node.own_taints && node.taints.empty()) words.emplace_back("no taints");
    return join(words, ", ");
}

std::string params_of(const scenario::Check& check) {
    std::vector<std::string> words;
    for (const auto& [name, value] : check.params) words.push_back(name + "=" + value);
    return join(words, " ");
}

std::string text_of(const scenario::Check& check) {
    const auto params = params_of(check);
    return params.empty() ? check.kind : check.kind + " " + params;
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
    add_scenario(lock, cell.scenario);
    add_steps(lock, provision::plan_steps(cell.recipe, run_facts(cell, supply, nodes)));
    return lock;
}

void require_locked(const scenario::Lock& wanted, const scenario::Lock& found, const std::string& making) {
    auto differing = scenario::differences(wanted, found);
    // What a scenario is called changes nothing of what runs.
    std::erase_if(differing, [](const auto& one) { return one.section == "scenario"; });
    if (differing.empty()) return;
    std::string text = fmt::format("what would run is not what the lock says; {} {}:", differing.size(),
                                   differing.size() == 1 ? "thing differs" : "things differ");
    for (const auto& difference : differing) text += "\n    " + to_string(difference);
    if (!wanted.whole) text += "\nof the lock: " + scenario::missing_in(wanted);
    throw Error(ErrorKind::usage, text, "run without --locked, or accept this: " + making);
}

}  // namespace crib::engine
