// nodes-ready, container-runtime, node-versions: what the API server says of the nodes.

#include "harness/base/error.h"
#include "harness/base/pattern.h"
#include "harness/check/detail/check.h"
#include "harness/check/detail/pod_trouble.h"
#include "harness/check/kinds.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace crib::check::detail {
namespace {

const Node* find_node(const std::vector<Node>& nodes, const std::string& name) {
    for (const auto& node : nodes) {
        if (node.name == name) return &node;
    }
    return nullptr;
}

std::string has_not_joined(const std::string& name) {
    return fmt::format("node {} has not joined", name);
}

std::vector<std::string> not_joined(Probe& probe, const std::vector<Node>& nodes) {
    std::vector<std::string> lines;
    for (const auto& name : probe.view().nodes()) {
        if (find_node(nodes, name) == nullptr) lines.push_back(has_not_joined(name));
    }
    return lines;
}

std::string not_ready(const Node& node) {
    const auto status = node.ready == "Unknown" ? "no longer reports" : "is NotReady";
    const auto reason = node.ready_message.empty() ? node.ready_reason : node.ready_message;
    return reason.empty() ? fmt::format("node {} {}", node.name, status)
                          : fmt::format("node {} {} ({})", node.name, status, reason);
}

class NodesReady final : public Check {
public:
    Observation observe(Probe& probe) override {
        const auto nodes = probe.nodes();
        if (!nodes) return probe.trouble();
        auto lines = not_joined(probe, *nodes);
        for (const auto& node : *nodes) {
            if (!node.is_ready()) lines.push_back(not_ready(node));
        }
        if (!lines.empty()) return Observation::not_yet(summarise(lines));
        return Observation::ready(fmt::format("all {} nodes are Ready", nodes->size()));
    }
};

// One word of each node, or of one of them, that must be as wanted. It is reported once, by the node's own kubelet, so
// another word is final.
class EveryNodeSays final : public Check {
public:
    using Word = std::string Node::*;
    EveryNodeSays(std::string only, std::string what, std::string wanted, Word word,
                  std::function<bool(const std::string&)> right)
        : only_(std::move(only)),
          what_(std::move(what)),
          wanted_(std::move(wanted)),
          word_(word),
          right_(std::move(right)) {}

    Observation observe(Probe& probe) override {
        const auto nodes = probe.nodes();
        if (!nodes) return probe.trouble();
        if (!only_.empty() && !is_in_scenario(probe)) {
            return Observation::hopeless(fmt::format("the scenario has no node {}", only_));
        }
        std::vector<std::string> waiting;
        for (const auto& name : probe.view().nodes()) {
            const bool is_meant = only_.empty() || name == only_;
            if (is_meant && find_node(*nodes, name) == nullptr) waiting.push_back(has_not_joined(name));
        }
        std::vector<std::string> wrong;
        for (const auto& node : *nodes) {
            if (!only_.empty() && node.name != only_) continue;
            const auto& word = node.*word_;
            if (word.empty() || word.find("://Unknown") != std::string::npos) {
                waiting.push_back(fmt::format("node {} has not reported its {}", node.name, what_));
            } else if (!right_(word)) {
                wrong.push_back(fmt::format("node {} has {} {}", node.name, what_, word));
            }
        }
        if (!wrong.empty()) return Observation::hopeless(fmt::format("{}, not {}", summarise(wrong), wanted_));
        if (!waiting.empty()) return Observation::not_yet(summarise(waiting));
        if (nodes->empty()) return Observation::not_yet("the cluster has no nodes");
        if (!only_.empty()) {
            return Observation::ready(fmt::format("node {} has {} {}", only_, what_, find_node(*nodes, only_)->*word_));
        }
        return Observation::ready(fmt::format("all {} nodes have {} {}", nodes->size(), what_, nodes->front().*word_));
    }

private:
    [[nodiscard]] bool is_in_scenario(Probe& probe) const {
        const auto names = probe.view().nodes();
        return std::find(names.begin(), names.end(), only_) != names.end();
    }

    std::string only_;  // a node's name; empty: every node
    std::string what_;
    std::string wanted_;
    Word word_;
    std::function<bool(const std::string&)> right_;
};

// The parameter, or what the scenario's version of a component makes it.
std::string wanted_or_version(const MakeInputs& inputs, const std::string& kind, const std::string& prefix) {
    if (inputs.params.has("equals")) return inputs.params.text("equals");
    const auto& component = find_kind(kind)->version_of;
    const auto version = inputs.settings.versions.find(component);
    if (version != inputs.settings.versions.end() && !version->second.empty()) return prefix + version->second;
    throw Error(ErrorKind::usage, fmt::format("check {}: nothing says which version is right", kind),
                fmt::format("give \"equals\", or the version of {} in the scenario's \"versions\"", component));
}

}  // namespace

std::unique_ptr<Check> make_nodes_ready(const MakeInputs& /*inputs*/) {
    return std::make_unique<NodesReady>();
}

std::unique_ptr<Check> make_container_runtime(const MakeInputs& inputs) {
    const auto only = inputs.params.text("node");
    if (inputs.params.has("matches")) {
        const auto pattern = inputs.params.text("matches");
        // Shared: a std::function is copied.
        const auto right = [expression = std::make_shared<const Pattern>(pattern)](const std::string& runtime) {
            return expression->matches_whole(runtime);
        };
        return std::make_unique<EveryNodeSays>(only, "container runtime", "one that matches " + pattern, &Node::runtime,
                                               right);
    }
    const auto wanted = wanted_or_version(inputs, "container-runtime", "cri-o://");
    return std::make_unique<EveryNodeSays>(only, "container runtime", wanted, &Node::runtime,
                                           [wanted](const std::string& runtime) { return runtime == wanted; });
}

std::unique_ptr<Check> make_node_versions(const MakeInputs& inputs) {
    const auto equals = wanted_or_version(inputs, "node-versions", "");
    const auto wanted = equals.rfind('v', 0) == 0 ? equals : fmt::format("v{}", equals);
    return std::make_unique<EveryNodeSays>(inputs.params.text("node"), "kubelet", wanted, &Node::kubelet_version,
                                           [wanted](const std::string& version) { return version == wanted; });
}

}  // namespace crib::check::detail
