#include "harness/scenario/mutation_overlaps.h"

#include "harness/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace crib::scenario {
namespace {

using Kind = Mutation::Kind;

const char* done_by(const Mutation& mutation) {
    return mutation.kind == Kind::skip ? "skipped" : "replaced";
}

std::string key_of(const Mutation& mutation) {
    return child_path(mutation.path, mutation.kind == Kind::skip ? "skip" : "replace");
}

void require_one_a_step(Reading& reading, const RecipeSteps& steps) {
    std::map<std::pair<std::string, std::string>, const Mutation*> first;  // by step and node
    for (const auto& mutation : reading.scenario.mutations) {
        if (mutation.kind != Kind::skip && mutation.kind != Kind::replace) continue;
        for (const auto& node : mutation.nodes.empty() ? steps.nodes_of(mutation.step) : mutation.nodes) {
            const auto [other, is_new] = first.emplace(std::pair{mutation.step, node}, &mutation);
            if (is_new) continue;
            reading.document.report(key_of(mutation),
                                    fmt::format("the step {} is {} on {} already, by {}", mutation.step,
                                                done_by(*other->second), node, other->second->path),
                                    "keep one of them");
            break;
        }
    }
}

std::set<std::string> nodes_of(const Reading& reading, const Mutation& mutation) {
    const auto names = mutation.nodes.empty() ? reading.node_names() : mutation.nodes;
    return {names.begin(), names.end()};
}

// A step that is put in and left out again, or given another script, wherever it runs.
void require_lasting_steps(Reading& reading, const RecipeSteps& steps) {
    std::map<std::string, const Mutation*> inserted;  // by step
    for (const auto& mutation : reading.scenario.mutations) {
        if (!mutation.id.empty()) inserted.emplace(mutation.id, &mutation);
    }
    for (const auto& mutation : reading.scenario.mutations) {
        if (mutation.kind != Kind::skip && mutation.kind != Kind::replace) continue;
        const auto insertion = inserted.find(mutation.step);
        if (insertion == inserted.end()) continue;
        const auto runs_on = steps.nodes_of(mutation.step);
        const std::set<std::string> changed(mutation.nodes.begin(), mutation.nodes.end());
        const auto is_changed = [&](const std::string& node) { return changed.empty() || changed.contains(node); };
        if (!std::ranges::all_of(runs_on, is_changed)) continue;
        const bool is_skip = mutation.kind == Kind::skip;
        reading.document.report(
            key_of(mutation),
            fmt::format("takes all effect from {}, which inserts the step {}", insertion->second->path, mutation.step),
            is_skip ? "leave both out" : "give the step that is inserted this script");
    }
}

// Who sets the input again on all of these nodes; nobody when one of them keeps what was set before.
std::vector<std::string> setters_on_all(const std::map<std::string, const Mutation*>& later,
                                        const std::set<std::string>& nodes) {
    std::vector<std::string> setters;
    for (const auto& node : nodes) {
        const auto setter = later.find(node);
        if (setter == later.end()) return {};
        if (std::ranges::find(setters, setter->second->path) == setters.end()) setters.push_back(setter->second->path);
    }
    return setters;
}

void require_lasting_inputs(Reading& reading) {
    std::map<std::string, std::map<std::string, const Mutation*>> last;  // by input and node, of those that come after
    auto& mutations = reading.scenario.mutations;
    for (auto mutation = mutations.rbegin(); mutation != mutations.rend(); ++mutation) {
        if (mutation->kind != Kind::set) continue;
        const auto nodes = nodes_of(reading, *mutation);
        for (const auto& [name, value] : mutation->inputs) {
            auto& later = last[name];
            if (const auto setters = setters_on_all(later, nodes); !setters.empty()) {
                reading.document.report(child_path(child_path(mutation->path, "set"), name),
                                        fmt::format("has no effect: {} {} it again", join(setters, " and "),
                                                    setters.size() == 1 ? "sets" : "set"),
                                        "keep one of them");
            }
            for (const auto& node : nodes) later.emplace(node, &*mutation);
        }
    }
}

}  // namespace

void require_own_effects(Reading& reading, const RecipeSteps& steps) {
    require_one_a_step(reading, steps);
    require_lasting_steps(reading, steps);
    require_lasting_inputs(reading);
}

}  // namespace crib::scenario
