// pods-running, pods-on-every-node, no-restarts: what the API server says of the pods.

#include "harness/base/text.h"
#include "harness/check/detail/check.h"
#include "harness/check/detail/pod_trouble.h"
#include "harness/check/kubernetes_client.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::check::detail {
namespace {

// How long a state that cannot recover must last before it is believed.
constexpr auto kGrace = std::chrono::seconds{10};

// "pods in kube-system with app=flannel"
std::string pods_of(const std::string& name_space, const std::string& labels) {
    return fmt::format("pods{}{}", name_space.empty() ? "" : " in " + name_space,
                       labels.empty() ? "" : " with " + labels);
}

Duration grace_of(const MakeInputs& inputs) {
    return std::chrono::duration_cast<Duration>(kGrace * std::max(1.0, inputs.settings.host_factor));
}

PodRules rules_of(const MakeInputs& inputs) {
    return {inputs.settings.registry, inputs.params.integer("restarts")};
}

class PodsRunning final : public Check {
public:
    explicit PodsRunning(const MakeInputs& inputs)
        : name_space_(inputs.params.text("namespace")),
          labels_(inputs.params.text("labels")),
          at_least_(static_cast<std::size_t>(inputs.params.integer("at-least"))),
          rules_(rules_of(inputs)),
          patience_(grace_of(inputs)) {}

    Observation observe(Probe& probe) override {
        const auto pods = probe.pods(name_space_, labels_);
        if (!pods) return probe.trouble();
        std::vector<PodTrouble> troubles;
        for (const auto& pod : *pods) {
            if (auto trouble = probe.trouble_of(pod, rules_)) troubles.push_back(*std::move(trouble));
        }
        if (!troubles.empty()) return patience_.judge(troubles, probe.now());
        if (pods->size() < at_least_) {
            return Observation::not_yet(
                fmt::format("{} {} of at least {}", pods->size(), pods_of(name_space_, labels_), at_least_));
        }
        return Observation::ready(fmt::format("all {} {} are running", pods->size(), pods_of(name_space_, labels_)));
    }

private:
    std::string name_space_;
    std::string labels_;
    std::size_t at_least_;
    PodRules rules_;
    Patience patience_;
};

class PodsOnEveryNode final : public Check {
public:
    explicit PodsOnEveryNode(const MakeInputs& inputs)
        : name_space_(inputs.params.text("namespace")),
          labels_(inputs.params.text("labels")),
          daemon_set_(inputs.params.text("daemonset")),
          rules_(rules_of(inputs)),
          patience_(grace_of(inputs)) {}

    Observation observe(Probe& probe) override {
        if (labels_.empty() && !learn_labels(probe)) return probe.trouble();
        const auto pods = probe.pods(name_space_, labels_);
        if (!pods) return probe.trouble();
        std::vector<PodTrouble> troubles;
        for (const auto& node : probe.view().nodes()) {
            if (auto trouble = trouble_on(node, *pods, probe)) troubles.push_back(*std::move(trouble));
        }
        if (!troubles.empty()) return patience_.judge(troubles, probe.now());
        return Observation::ready(
            fmt::format("{} run on all {} nodes", pods_of(name_space_, labels_), probe.view().nodes().size()));
    }

private:
    bool learn_labels(Probe& probe) {
        const auto body = probe.get(fmt::format("/apis/apps/v1/namespaces/{}/daemonsets/{}",
                                                percent_encode(name_space_), percent_encode(daemon_set_)));
        if (body) labels_ = match_labels_of(*body);
        return body.has_value();
    }

    // Nothing when one of the pods runs there.
    std::optional<PodTrouble> trouble_on(const std::string& node, const std::vector<Pod>& pods, Probe& probe) const {
        PodTrouble worst{fmt::format("node {} has none of the {}", node, pods_of(name_space_, labels_)), false};
        for (const auto& pod : pods) {
            if (pod.node != node) continue;
            auto trouble = probe.trouble_of(pod, rules_);
            if (!trouble) return std::nullopt;
            worst = *std::move(trouble);
            worst.text += fmt::format(" [node {}]", node);
        }
        return worst;
    }

    std::string name_space_;
    std::string labels_;
    std::string daemon_set_;
    PodRules rules_;
    Patience patience_;
};

class NoRestarts final : public Check {
public:
    explicit NoRestarts(const MakeInputs& inputs)
        : baseline_(inputs.baseline),
          name_space_(inputs.params.text("namespace")),
          allow_(inputs.params.integer("allow")),
          for_(inputs.params.duration("for")) {}

    Observation observe(Probe& probe) override {
        const auto pods = probe.pods({});
        if (!pods) return probe.trouble();
        if (!baseline_) baseline_ = RestartBaseline::of(*pods, probe.now());
        std::vector<std::string> lines;
        for (const auto& pod : *pods) {
            if (name_space_.empty() || pod.name_space == name_space_) add_restarts(pod, lines);
        }
        if (!lines.empty()) return Observation::hopeless(summarise(lines));
        const auto good = probe.now() - baseline_->taken;
        const auto since = to_short_string(good);
        if (good < for_)
            return Observation::not_yet(fmt::format("no restart in the {} since the cluster was good", since));
        return Observation::ready(fmt::format("no restart{} in the {} since the cluster was good",
                                              allow_ > 0 ? fmt::format(" above the {} allowed", allow_) : "", since));
    }

private:
    void add_restarts(const Pod& pod, std::vector<std::string>& lines) const {
        for (const auto& container : pod.containers) {
            const auto known = baseline_->counts.find(counter_key(pod, container));
            const int before = known == baseline_->counts.end() ? 0 : known->second;
            const int more = container.restarts - before;
            if (more <= allow_) continue;
            lines.push_back(
                fmt::format("pod {}: container {} restarted {} since the cluster was good{}", pod.full_name(),
                            container.name, more == 1 ? "once" : fmt::format("{} times", more),
                            container.last_exit.empty() ? "" : fmt::format(" (last: {})", container.last_exit)));
        }
    }

    std::optional<RestartBaseline>& baseline_;
    std::string name_space_;
    int allow_;
    Duration for_;
};

}  // namespace

std::unique_ptr<Check> make_pods_running(const MakeInputs& inputs) {
    return std::make_unique<PodsRunning>(inputs);
}

std::unique_ptr<Check> make_pods_on_every_node(const MakeInputs& inputs) {
    return std::make_unique<PodsOnEveryNode>(inputs);
}

std::unique_ptr<Check> make_no_restarts(const MakeInputs& inputs) {
    return std::make_unique<NoRestarts>(inputs);
}

}  // namespace crib::check::detail
