#include "harness/scenario/effect.h"

#include "harness/base/checkout_source.h"
#include "harness/base/sha256.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace crib::scenario {
namespace {

using Texts = std::map<std::string, std::string>;

// Texts with their lengths before them, lists with their counts: no two things are written alike.
class Writer {
public:
    void add(std::string_view text) {
        add(text.size());
        text_ += text;
    }
    void add(const char* text) { add(std::string_view(text)); }
    void add(std::uint64_t number) {
        text_ += std::to_string(number);
        text_ += ' ';
    }
    void add(const Texts& texts) {
        add(texts.size());
        for (const auto& [name, text] : texts) {
            add(name);
            add(text);
        }
    }
    void add(const std::vector<std::string>& texts) {
        add(texts.size());
        for (const auto& text : texts) add(text);
    }
    [[nodiscard]] std::string take() { return std::move(text_); }

private:
    std::string text_;
};

bool has_checkout(const Scenario& scenario) {
    return std::ranges::any_of(scenario.components, [](const auto& entry) { return is_checkout(entry.second); });
}

class EffectWriter {
public:
    EffectWriter(const Scenario& scenario, const Known& known)
        : scenario_(scenario), known_(known), is_local_(has_checkout(scenario)) {
        nodes_by_role_ = {{Role::control_plane, {}}, {Role::worker, {}}};
        for (const auto& node : scenario.nodes) {
            all_nodes_.push_back(node.name);
            nodes_by_role_[node.role].push_back(node.name);
        }
        std::ranges::sort(all_nodes_);
        for (auto& [role, names] : nodes_by_role_) std::ranges::sort(names);
    }

    std::string write() {
        out_.add(scenario_.recipe);
        out_.add(scenario_.internet ? 1U : 0U);
        out_.add(scenario_.versions);
        auto sources = scenario_.components;
        std::erase_if(sources, [](const auto& entry) { return entry.second == "modules"; });  // the default
        out_.add(sources);
        out_.add(scenario_.swaps);
        out_.add(scenario_.nodes.size());
        for (const auto& node : scenario_.nodes) add(node);
        out_.add(scenario_.mutations.size());
        for (const auto& mutation : scenario_.mutations) add(mutation);
        out_.add(scenario_.checks.size());
        for (const auto& check : scenario_.checks) add(check);
        out_.add(scenario_.expect ? 1U : 0U);
        if (scenario_.expect) add(*scenario_.expect);
        return out_.take();
    }

private:
    void add(const Node& node) {
        out_.add(node.name);
        out_.add(to_string(node.role));
        out_.add(node.memory.bytes);
        out_.add(node.vcpus);
        out_.add(node.os);  // the scenario's where it has none
        out_.add(node.disk.bytes);
        out_.add(node.labels);
        auto versions = node.versions;
        std::erase_if(versions, [&](const auto& entry) {
            const auto common = scenario_.versions.find(entry.first);
            return common != scenario_.versions.end() && common->second == entry.second;
        });
        out_.add(versions);
        add_taints(node);
    }

    // In any order. Only a control plane has others where none are given.
    void add_taints(const Node& node) {
        using Parts = std::tuple<std::string_view, std::string_view, std::string_view>;
        std::vector<Parts> taints;
        for (const auto& taint : node.taints) taints.emplace_back(taint.key, taint.effect, taint.value);
        std::ranges::sort(taints);
        out_.add(node.own_taints && node.role == Role::control_plane ? 1U : 0U);
        out_.add(taints.size());
        for (const auto& [key, effect, value] : taints) {
            out_.add(key);
            out_.add(effect);
            out_.add(value);
        }
    }

    void add(const Mutation& mutation) {
        out_.add(static_cast<std::uint64_t>(mutation.kind));
        out_.add(mutation.step);
        out_.add(mutation.id);
        out_.add(sha256_hex(mutation.script));  // many mutations may have it
        out_.add(mutation.inputs);
        auto nodes = mutation.nodes;
        std::ranges::sort(nodes);
        if (nodes == nodes_of(mutation)) nodes.clear();  // as if none were named
        out_.add(nodes);
    }

    // Where the step runs that it is about.
    [[nodiscard]] const std::vector<std::string>& nodes_of(const Mutation& mutation) const {
        const auto recipe = known_.recipe_names.find(scenario_.recipe);
        if (recipe == known_.recipe_names.end()) return all_nodes_;
        const auto only = recipe->second.only_on.find(mutation.step);
        return only == recipe->second.only_on.end() ? all_nodes_ : nodes_by_role_.at(only->second);
    }

    // A checkout says its version only when it is built: references to it stay what they are.
    void add(const Check& check) {
        const auto& params = is_local_ ? check.written : check.params;
        out_.add(check.kind);
        out_.add(known_.check_meaning ? known_.check_meaning(check.kind, params,
                                                             is_local_ ? Texts{} : scenario_.versions, scenario_.nodes)
                                      : params);
    }

    void add(const Expect& expect) {
        out_.add(expect.fails_at);
        out_.add(expect.node);
        out_.add(expect.message);
    }

    const Scenario& scenario_;
    const Known& known_;
    bool is_local_;                       // is a checkout set up?
    std::vector<std::string> all_nodes_;  // in the order of their names, as the others
    std::map<Role, std::vector<std::string>> nodes_by_role_;
    Writer out_;
};

}  // namespace

std::string effect_of(const Scenario& scenario, const Known& known) {
    return EffectWriter(scenario, known).write();
}

}  // namespace crib::scenario
