// shared-pid: containers that share their pod's PID namespace, below the pause program.

#include "harness/base/text.h"
#include "harness/check/detail/check.h"
#include "harness/check/detail/manifests.h"
#include "harness/check/detail/pod_trouble.h"
#include "harness/check/detail/scripts.h"
#include "harness/check/kubernetes_client.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::check::detail {
namespace {

constexpr auto kGrace = std::chrono::seconds{10};
constexpr const char* kMark = "shared-pid";

// The program that the pause image starts: build/pause of k8s.io/kubernetes.
constexpr std::string_view kPause = "pause";

// A runtime may leave the pause container out for any other pod (CRI-O does): here its program has to run.
class SharedPid final : public Check {
public:
    explicit SharedPid(const MakeInputs& inputs)
        : pod_(inputs.params.text("pod")),
          name_space_(inputs.params.text("namespace")),
          node_(inputs.params.text("node")),
          rules_{inputs.settings.registry, 3},
          patience_(std::chrono::duration_cast<Duration>(kGrace * std::max(1.0, inputs.settings.host_factor))) {}

    void prepare(Probe& probe) override { make_pod(probe); }

    Observation observe(Probe& probe) override {
        if (!make_pod(probe)) return probe.trouble();
        const auto pods = probe.all_pods(name_space_, fmt::format("{}={}", kOwnLabel, kMark));
        if (!pods) return probe.trouble();
        const auto own = std::find_if(pods->begin(), pods->end(), [&](const Pod& pod) { return pod.name == name_; });
        if (own == pods->end()) return Observation::not_yet(fmt::format("the check's pod {} is not there", name_));
        if (const auto trouble = probe.trouble_of(*own, rules_)) return patience_.judge({*trouble}, probe.now());
        return look(probe, *own);
    }

    void clean_up(Probe& probe) noexcept override {
        if (made_) probe.remove(pods_path(name_space_, {}) + "/" + percent_encode(name_) + "?gracePeriodSeconds=0");
    }

private:
    // Of the image of the scenario's own pod, which is on the nodes already, and where that one runs.
    bool make_pod(Probe& probe) {
        if (made_) return true;
        const auto pod = probe.pod(name_space_, pod_);
        if (!pod) return false;
        if (node_.empty()) node_ = pod->node.empty() ? probe.view().control_plane() : pod->node;
        name_ = fmt::format("crib-check-{}-{}", kMark, node_);
        const auto manifest = pod_manifest(name_, pod->image, node_, kMark, PidNamespace::shared);
        made_ = probe.create(pods_path(name_space_, {}), manifest);
        return made_;
    }

    Observation look(Probe& probe, const Pod& pod) const {
        const auto asked = probe.ask_in_container(pod.node, pod.running_container(), first_process_script());
        const auto whose = fmt::format("PID 1 of pod {} on node {}", pod.full_name(), pod.node);
        if (!asked.answer) return Observation::not_yet(fmt::format("{} cannot be read{}", whose, asked.why));
        const std::string program(trim(*asked.answer));
        if (program.empty()) return Observation::not_yet(fmt::format("{} cannot be read", whose));
        if (program == kPause) {
            return Observation::ready(
                fmt::format("{} is {}, and its containers share that PID namespace", whose, program));
        }
        // A pod's first process is the same as long as the pod is.
        return Observation::hopeless(
            fmt::format("{} is {}, not {}: its containers do not share a PID namespace", whose, program, kPause));
    }

    std::string pod_;
    std::string name_space_;
    std::string node_;
    std::string name_;
    bool made_ = false;
    PodRules rules_;
    Patience patience_;
};

}  // namespace

std::unique_ptr<Check> make_shared_pid(const MakeInputs& inputs) {
    return std::make_unique<SharedPid>(inputs);
}

}  // namespace crib::check::detail
