#include "harness/provision/plan.h"

#include "harness/base/error.h"
#include "harness/base/text.h"
#include "harness/provision/cluster_config.h"
#include "harness/provision/references.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::provision {
namespace {

constexpr std::string_view kOnEveryNode = "@all";
constexpr const char* kRemoteFolder = "/run/crib/steps/";

struct Need {
    std::string id;
    bool on_every_node = false;
};

Need parse_need(std::string_view text) {
    const bool everywhere =
        text.size() > kOnEveryNode.size() && text.substr(text.size() - kOnEveryNode.size()) == kOnEveryNode;
    if (everywhere) text.remove_suffix(kOnEveryNode.size());
    return {std::string(text), everywhere};
}

// Steps so that each stands behind all that it needs; among those that could be next, the recipe's order.
std::vector<RecipeStep> in_order(std::vector<RecipeStep> waiting) {
    std::vector<RecipeStep> ordered;
    std::set<std::string> done;
    while (!waiting.empty()) {
        const auto next = std::find_if(waiting.begin(), waiting.end(), [&](const RecipeStep& step) {
            return std::all_of(step.needs.begin(), step.needs.end(),
                               [&](const std::string& need) { return done.count(parse_need(need).id) != 0; });
        });
        if (next == waiting.end()) {
            std::vector<std::string> ids;
            for (const auto& step : waiting) ids.push_back(step.id);
            throw Error(ErrorKind::usage, "these steps need each other in a circle: " + join(ids, ", "));
        }
        done.insert(next->id);
        ordered.push_back(*next);
        waiting.erase(next);
    }
    return ordered;
}

class Planner {
public:
    Planner(const Recipe& recipe, const RunFacts& facts)
        : recipe_(facts.profile ? with_profile(recipe, *facts.profile) : recipe), facts_(facts) {
        const auto first = std::find_if(facts.nodes.begin(), facts.nodes.end(),
                                        [](const NodeFacts& node) { return node.control_plane; });
        if (first == facts.nodes.end()) throw Error(ErrorKind::usage, "the cluster has no control plane");
        first_control_plane_ = &*first;
    }

    Plan plan() {
        Plan plan;
        plan.stages = recipe_.stages;
        if (facts_.profile) plan.departures = facts_.profile->departures;
        const auto steps = in_order(recipe_.steps);
        const auto stages = stages_of(steps);
        for (std::size_t i = 0; i < steps.size(); ++i) {
            for (const auto& node : facts_.nodes) {
                if (runs_on(steps[i], node)) plan.steps.push_back(plan_step(steps[i], stages[i], node));
            }
        }
        return plan;
    }

private:
    [[nodiscard]] bool runs_on(const RecipeStep& step, const NodeFacts& node) const {
        switch (step.nodes) {
            case NodeSelector::all:
                return true;
            case NodeSelector::control_plane:
                return node.control_plane;
            case NodeSelector::first_control_plane:
                return &node == first_control_plane_;
            case NodeSelector::workers:
                return !node.control_plane;
        }
        return false;
    }

    // A step belongs to the stage that the next step with a stage ends.
    [[nodiscard]] std::vector<std::string> stages_of(const std::vector<RecipeStep>& steps) const {
        std::vector<std::string> stages(steps.size());
        std::string stage = recipe_.stages.empty() ? "" : recipe_.stages.back();
        for (std::size_t i = steps.size(); i-- > 0;) {
            if (!steps[i].stage.empty()) stage = steps[i].stage;
            stages[i] = stage;
        }
        return stages;
    }

    [[nodiscard]] PlannedStep plan_step(const RecipeStep& step, const std::string& stage, const NodeFacts& node) const {
        PlannedStep planned;
        planned.id = step.id;
        planned.title = step.title;
        planned.node = node.name;
        planned.stage = stage;
        planned.script_name = step.script_name;
        planned.script = step.script;
        planned.timeout =
            std::chrono::seconds(step.timeout_seconds * (facts_.profile ? facts_.profile->timeout_scale : 1));
        for (const auto& name : step.inputs) {
            if (recipe_.outputs.count(name) != 0) {
                planned.from_outputs.push_back(name);
            } else {
                planned.inputs[name] = input(name, node);
            }
        }
        planned.inputs["WAIT_SECONDS"] = std::to_string(planned.timeout.count() * 9 / 10);
        for (const auto& name : step.outputs) planned.outputs.push_back({name, recipe_.outputs.at(name).secret});
        for (const auto& name : step.files) {
            const auto& info = recipe_.files.at(name);
            planned.inputs[name] = info.path;
            planned.files.push_back({info.path, info.mode, content_of(name, node)});
        }
        planned.needs = needs_from_others(step, node);
        return planned;
    }

    [[nodiscard]] std::vector<std::string> needs_from_others(const RecipeStep& step, const NodeFacts& node) const {
        std::vector<std::string> needs;
        for (const auto& text : step.needs) {
            const Need need = parse_need(text);
            const auto needed = std::find_if(recipe_.steps.begin(), recipe_.steps.end(),
                                             [&](const RecipeStep& other) { return other.id == need.id; });
            const bool here = runs_on(*needed, node);
            const bool anywhere = std::any_of(facts_.nodes.begin(), facts_.nodes.end(),
                                              [&](const NodeFacts& other) { return runs_on(*needed, other); });
            if (anywhere && (need.on_every_node || !here)) needs.push_back(need.id);
        }
        return needs;
    }

    [[nodiscard]] std::map<std::string, std::string> reference_facts(const NodeFacts& node) const {
        std::map<std::string, std::string> facts = {{"os", node.os},
                                                    {"node.name", node.name},
                                                    {"node.ip", node.ip},
                                                    {"control-plane.name", first_control_plane_->name},
                                                    {"control-plane.ip", first_control_plane_->ip}};
        for (const auto& [name, version] : facts_.versions) {
            facts["versions." + name] = version;
            facts["minor." + name] = minor_of(version);
        }
        for (const auto& [name, reference] : facts_.images) facts["images." + name] = reference;
        return facts;
    }

    [[nodiscard]] std::string input(const std::string& name, const NodeFacts& node) const {
        const auto info = recipe_.inputs.find(name);
        if (info == recipe_.inputs.end()) {
            throw Error(ErrorKind::usage, fmt::format("recipe {} has no input {}", recipe_.name, name));
        }
        const auto of_os = node.inputs.find(name);
        return replace_references(of_os == node.inputs.end() ? info->second.value : of_os->second,
                                  reference_facts(node), fmt::format("recipe {}, input {}", recipe_.name, name));
    }

    [[nodiscard]] std::string kubeadm_api() const {
        const std::string minor = minor_of(facts_.versions.at("kubernetes"));
        const KubeadmApi* best = nullptr;
        for (const auto& entry : recipe_.kubeadm_apis) {
            if (older(minor, entry.kubernetes)) continue;
            if (best == nullptr || older(best->kubernetes, entry.kubernetes)) best = &entry;
        }
        if (best != nullptr) return best->api;
        throw Error(
            ErrorKind::usage,
            fmt::format("recipe {} does not know kubeadm's configuration API of Kubernetes {}", recipe_.name, minor),
            "choose a newer version, or add it to kubeadm_api in the recipe");
    }

    [[nodiscard]] ClusterSettings cluster_settings(const NodeFacts& node) const {
        ClusterSettings settings;
        settings.kubeadm_api = kubeadm_api();
        settings.kubernetes_version = facts_.versions.at("kubernetes");
        settings.node_name = node.name;
        settings.advertise_address = node.ip;
        settings.cri_socket = input("CRI_SOCKET", node);
        settings.pod_network = input("POD_NETWORK_CIDR", node);
        if (facts_.profile) {
            const Profile& profile = *facts_.profile;
            settings.leader_lease_seconds = profile.leader_lease_seconds;
            settings.timeout_scale = profile.kubeadm_timeout_scale;
            settings.etcd_arguments = profile.etcd_arguments;
            settings.key_algorithm = profile.kubeadm_key_algorithm;
            if (!profile.kubeadm_patches.empty()) settings.patches = input(profile.kubeadm_patches, node);
        }
        return settings;
    }

    [[nodiscard]] std::string content_of(const std::string& file, const NodeFacts& node) const {
        if (file == "FLANNEL_MANIFEST") return facts_.flannel_manifest;
        if (file == "KUBELET_CONFIG") return kubelet_config();
        if (file == "KUBEADM_CONFIG") {
            return kubeadm_init_config(cluster_settings(node));
        }
        throw Error(ErrorKind::usage, fmt::format("recipe {}: nobody makes the file {}", recipe_.name, file),
                    "files are FLANNEL_MANIFEST, KUBEADM_CONFIG and KUBELET_CONFIG");
    }

    Recipe recipe_;
    const RunFacts& facts_;
    const NodeFacts* first_control_plane_ = nullptr;
};

std::string remote_name(const PlannedStep& step, std::string_view ending) {
    return fmt::format("{}{}{}", kRemoteFolder, step.id, ending);
}

}  // namespace

Plan plan_steps(const Recipe& recipe, const RunFacts& facts) {
    return Planner(recipe, facts).plan();
}

Plan until_stage(Plan plan, const std::string& stage) {
    const auto wanted = std::find(plan.stages.begin(), plan.stages.end(), stage);
    if (wanted == plan.stages.end()) {
        const auto meant = nearest(stage, plan.stages);
        throw Error(
            ErrorKind::usage, fmt::format("there is no stage \"{}\"", stage),
            (meant ? fmt::format("did you mean \"{}\"? ", *meant) : "") + "stages are " + join(plan.stages, ", "));
    }
    const std::set<std::string> kept(plan.stages.begin(), std::next(wanted));
    plan.stages.erase(std::next(wanted), plan.stages.end());
    std::erase_if(plan.steps, [&](const PlannedStep& step) { return kept.count(step.stage) == 0; });
    return plan;
}

std::string remote_script(const PlannedStep& step) {
    return remote_name(step, ".sh");
}

std::string remote_output(const PlannedStep& step) {
    return remote_name(step, ".output");
}

std::string run_command(const PlannedStep& step) {
    // Standard input is closed to the script: a program that read it would wait for ever.
    return shell_join({"bash", "-euo", "pipefail", remote_script(step)}) + " </dev/null";
}

std::map<std::string, std::string> read_outputs(const PlannedStep& step, std::string_view text) {
    std::map<std::string, std::string> values;
    for (const auto& line : split_lines(text)) {
        const auto equals = line.find('=');
        const std::string name = line.substr(0, equals);
        const bool declared = std::any_of(step.outputs.begin(), step.outputs.end(),
                                          [&](const PlannedOutput& output) { return output.name == name; });
        if (equals == std::string::npos || !declared) {
            // The line itself may be a secret: it is not shown.
            throw Error(ErrorKind::guest,
                        fmt::format("step {} on {} wrote a line to $CRIB_OUTPUT that is not one of its outputs",
                                    step.id, step.node));
        }
        values[name] = line.substr(equals + 1);
    }
    for (const auto& output : step.outputs) {
        if (values.count(output.name) != 0) continue;
        throw Error(ErrorKind::guest, fmt::format("step {} on {} did not write its output {} to $CRIB_OUTPUT", step.id,
                                                  step.node, output.name));
    }
    return values;
}

}  // namespace crib::provision
