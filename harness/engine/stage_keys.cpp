#include "harness/engine/stage_keys.h"

#include "harness/base/error.h"
#include "harness/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

namespace crib::engine {
namespace {

constexpr auto kHypervisor = "hypervisor";

using Entries = std::vector<checkpoint::KeyEntry>;

void add_ground(Entries& entries, const ClusterState& state, const Ground& ground) {
    entries.push_back(hypervisor_entry(ground.hypervisor));
    entries.push_back(checkpoint::text("acceleration", hypervisor::to_string(state.acceleration)));
    entries.push_back(checkpoint::text("internet", state.internet ? "yes" : "no"));
    entries.push_back(checkpoint::text("container images", ground.image_store));
    for (const auto& one : state.nodes) {
        const auto& asked = one.node.asked;
        const auto add = [&](const std::string& what, const std::string& value) {
            entries.push_back(checkpoint::text(fmt::format("node {} {}", asked.name, what), value));
        };
        const auto image = ground.images.find(asked.os);
        add("role", scenario::to_string(asked.role));
        add("image", fmt::format("{} {}", asked.os, image == ground.images.end() ? "" : image->second));
        add("memory", std::to_string(asked.memory.bytes));  // as text for people it is rounded
        add("processors", std::to_string(asked.vcpus));
        add("disk", std::to_string(asked.disk.bytes));
        add("address", one.node.ip + " " + one.node.mac);
        add("CPU model", one.cpu_model);
        add("kernel arguments", one.cmdline);
    }
}

void add_step(Entries& entries, const provision::PlannedStep& step) {
    const auto add = [&](const std::string& what, const std::string& value) {
        entries.push_back(checkpoint::text(fmt::format("step {} on {} {}", step.id, step.node, what), value));
    };
    add("script", step.script);
    for (const auto& [name, value] : step.inputs) add("input " + name, value);
    for (const auto& name : step.from_outputs) add("input " + name, "(of an earlier step)");
    if (!step.needs.empty()) add("needs", join(step.needs, " "));
    for (const auto& file : step.files) {
        add("mode of " + file.path, fmt::format("{:o}", file.mode));
        add("file " + file.path, file.content);
    }
}

// The entries of a stage have no order of their own. By its name it comes behind what is said of each step.
void add_order(Entries& entries, const std::vector<const provision::PlannedStep*>& steps) {
    std::map<std::string, std::vector<std::string>> of_node;
    for (const auto* step : steps) of_node[step->node].push_back(step->id);
    for (const auto& [node, ids] : of_node) {
        entries.push_back(checkpoint::text(fmt::format("steps on {} in their order", node), join(ids, " ")));
    }
}

// The repositories that the step is told of, with what they hold: their folders are named by it.
void add_repositories(Entries& entries, const provision::PlannedStep& step, const ClusterState& state,
                      std::set<std::string>& told) {
    for (const auto& [path, folder] : state.served) {
        const bool named = std::any_of(step.inputs.begin(), step.inputs.end(), [&path = path](const auto& input) {
            return input.second.find(path) != std::string::npos;
        });
        if (named && told.insert(path).second)
            entries.push_back(checkpoint::text("repository " + path, folder.filename().string()));
    }
}

}  // namespace

checkpoint::KeyEntry hypervisor_entry(const std::string& version_key) {
    return checkpoint::text(kHypervisor, version_key);
}

std::string hypervisor_of(const checkpoint::KeyChain& chain) {
    std::string last;
    for (const auto& stage : chain) {
        for (const auto& entry : stage.entries) {
            if (entry.name == kHypervisor) last = entry.value;
        }
    }
    return last;
}

void require_same_hypervisor(const checkpoint::KeyChain& chain, const std::string& here) {
    const auto wanted = hypervisor_entry(here);
    for (const auto& stage : chain) {
        for (const auto& entry : stage.entries) {
            if (entry.name != kHypervisor || entry == wanted) continue;
            throw Error(
                ErrorKind::usage,
                fmt::format("this checkpoint was saved by {}, and here is {}: memory is loaded by the same only",
                            entry.value, here),
                "run its scenario again, or use it on a machine with those versions");
        }
    }
}

checkpoint::KeyChain stage_keys(const provision::Plan& plan, const ClusterState& state, const Ground& ground) {
    checkpoint::KeyChain chain;
    std::set<std::string> told;
    for (const auto& stage : plan.stages) {
        Entries entries;
        if (chain.empty()) add_ground(entries, state, ground);
        std::vector<const provision::PlannedStep*> steps;
        for (const auto& step : plan.steps) {
            if (step.stage == stage) steps.push_back(&step);
        }
        for (const auto* step : steps) {
            add_step(entries, *step);
            add_repositories(entries, *step, state, told);
        }
        add_order(entries, steps);
        chain = checkpoint::extend(std::move(chain), stage, std::move(entries));
    }
    return chain;
}

}  // namespace crib::engine
