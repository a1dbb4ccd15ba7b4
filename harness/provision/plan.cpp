#include "harness/provision/plan.h"

#include "harness/base/error.h"
#include "harness/base/text.h"
#include "harness/base/version.h"
#include "harness/provision/cluster_config.h"
#include "harness/provision/idle_mutations.h"
#include "harness/provision/mutations.h"
#include "harness/provision/needs.h"
#include "harness/provision/references.h"
#include "harness/provision/selection.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::provision {
namespace {

constexpr const char* kRemoteFolder = "/run/crib/steps/";

Recipe changed(const Recipe& recipe, const RunFacts& facts) {
    auto whole = facts.profile ? with_profile(recipe, *facts.profile) : recipe;
    return with_mutations(std::move(whole), facts.mutations, facts.nodes);
}

class Planner {
public:
    Planner(const Recipe& recipe, const RunFacts& facts)
        : recipe_(changed(recipe, facts)), facts_(facts), first_control_plane_(&first_control_plane(facts.nodes)) {
        for (const auto& node : facts.nodes) references_[node.name] = reference_facts(node);
    }

    Plan plan() {
        Plan plan;
        plan.stages = recipe_.stages;
        if (facts_.profile) plan.departures = facts_.profile->departures;
        for (const auto& mutation : facts_.mutations) {
            require_known_references(mutation);
            plan.changes.push_back(describe(mutation));
        }
        const auto steps = in_order(recipe_.steps);
        const auto stages = stages_of(steps);
        const auto nodes = nodes_of(steps);
        Needs needs(steps, nodes);
        for (std::size_t i = 0; i < steps.size(); ++i) {
            for (std::size_t n = 0; n < facts_.nodes.size(); ++n) {
                if (!nodes[i].runs[n]) continue;
                plan.steps.push_back(plan_step(steps[i], stages[i], facts_.nodes[n]));
                plan.steps.back().needs = needs.of(i, n);
            }
        }
        return plan;
    }

    [[nodiscard]] std::vector<IdleMutation> idle() const {
        std::vector<IdleMutation> found;
        for (const auto& mutation : facts_.mutations) {
            if (auto one = idle(mutation)) found.push_back(*std::move(one));
        }
        return found;
    }

private:
    // What is inserted needs the step that it stands beside; what changes a step needs it on each node that is named.
    [[nodiscard]] std::optional<IdleMutation> idle(const scenario::Mutation& mutation) const {
        using Kind = scenario::Mutation::Kind;
        if (mutation.kind == Kind::set) return std::nullopt;
        const auto step = std::find_if(recipe_.steps.begin(), recipe_.steps.end(),
                                       [&](const RecipeStep& one) { return one.id == mutation.step; });
        std::vector<std::string> runs_on;
        for (const auto& node : facts_.nodes) {
            if (may_run_on(*step, node)) runs_on.push_back(node.name);
        }
        const char* const key = key_of(mutation.kind);
        if (runs_on.empty()) {
            return IdleMutation{mutation.path, fmt::format("{}.{}", mutation.path, key),
                                fmt::format("the step {} runs on no node with these versions and systems", step->id),
                                "take the change out, or name a step that runs (crib plan lists them)"};
        }
        if (mutation.kind == Kind::insert_before || mutation.kind == Kind::insert_after) return std::nullopt;
        for (const auto& node : mutation.nodes) {
            if (std::find(runs_on.begin(), runs_on.end(), node) != runs_on.end()) continue;
            return IdleMutation{
                mutation.path, mutation.path + ".nodes",
                fmt::format("the step {} does not run on {} with its versions and system", step->id, node),
                "it runs on " + join(runs_on, ", ")};
        }
        return std::nullopt;
    }

    static const char* key_of(scenario::Mutation::Kind kind) {
        switch (kind) {
            case scenario::Mutation::Kind::skip:
                return "skip";
            case scenario::Mutation::Kind::replace:
                return "replace";
            case scenario::Mutation::Kind::insert_before:
                return "insert-before";
            case scenario::Mutation::Kind::insert_after:
                return "insert-after";
            case scenario::Mutation::Kind::set:
                break;
        }
        return "set";
    }

    // Of inputs, too, that no step takes: they are mistakes all the same.
    void require_known_references(const scenario::Mutation& mutation) const {
        for (const auto& node : facts_.nodes) {
            const auto& names = mutation.nodes;
            if (!names.empty() && std::find(names.begin(), names.end(), node.name) == names.end()) continue;
            for (const auto& [name, value] : mutation.inputs) {
                (void)replace_references(value, references_.at(node.name),
                                         fmt::format("{}.set.{}", mutation.path, name));
            }
        }
    }

    // Is it the node's at all, though it may be skipped there?
    [[nodiscard]] bool is_for(const RecipeStep& step, const NodeFacts& node) const {
        return selects(step, node, facts_.nodes);
    }

    // Would it, if no mutation skipped it?
    [[nodiscard]] bool may_run_on(const RecipeStep& step, const NodeFacts& node) const {
        return is_for(step, node) &&
               holds(step.when, references_.at(node.name), fmt::format("recipe {}, step {}", recipe_.name, step.id));
    }

    [[nodiscard]] bool runs_on(const RecipeStep& step, const NodeFacts& node) const {
        return step.skipped_on.count(node.name) == 0 && may_run_on(step, node);
    }

    [[nodiscard]] std::vector<StepNodes> nodes_of(const std::vector<RecipeStep>& steps) const {
        std::vector<StepNodes> all;
        for (const auto& step : steps) {
            auto& nodes = all.emplace_back();
            for (const auto& node : facts_.nodes) {
                nodes.is_for.push_back(is_for(step, node));
                nodes.runs.push_back(runs_on(step, node));
            }
        }
        return all;
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

    PlannedStep plan_step(const RecipeStep& step, const std::string& stage, const NodeFacts& node) {
        PlannedStep planned;
        planned.id = step.id;
        planned.title = step.title;
        planned.node = node.name;
        planned.stage = stage;
        const auto script = script_for(step, node, planned.title);
        planned.script_name = script.name;
        planned.script = script.text;
        planned.timeout =
            std::chrono::seconds(step.timeout_seconds * (facts_.profile ? facts_.profile->timeout_scale : 1));
        for (const auto& name : script.inputs) {
            if (recipe_.outputs.count(name) != 0) {
                planned.from_outputs.push_back(name);
            } else {
                planned.inputs[name] = input(name, node);
            }
        }
        planned.inputs["WAIT_SECONDS"] = std::to_string(planned.timeout.count() * 9 / 10);
        for (const auto& name : step.outputs) planned.outputs.push_back({name, recipe_.outputs.at(name).secret});
        for (const auto& name : script.files) {
            const auto& info = recipe_.files.at(name);
            planned.inputs[name] = info.path;
            // Once, so that a step that changes the file is not undone by the next one.
            if (!brought_[node.name].insert(name).second) continue;
            planned.files.push_back({info.path, info.mode, content_of(name, node)});
        }
        return planned;
    }

    [[nodiscard]] StepScript script_for(const RecipeStep& step, const NodeFacts& node, std::string& title) const {
        const auto replaced = step.replaced_on.find(node.name);
        if (replaced != step.replaced_on.end()) return replaced->second;
        for (const auto& variant : step.variants) {
            const auto where = fmt::format("recipe {}, step {}", recipe_.name, step.id);
            if (!holds(variant.when, references_.at(node.name), where)) continue;
            if (!variant.title.empty()) title = variant.title;
            return variant.script;
        }
        return {step.script_name, step.script, step.inputs, step.files};
    }

    [[nodiscard]] std::map<std::string, std::string> reference_facts(const NodeFacts& node) const {
        std::map<std::string, std::string> facts = {{"os", node.os},
                                                    {"source", facts_.source},
                                                    {"node.name", node.name},
                                                    {"node.ip", node.ip},
                                                    {"node.role", node.control_plane ? "control-plane" : "worker"},
                                                    {"node.kubelet-arguments", kubelet_arguments_of(node)},
                                                    {"node.own-taints", node.own_taints ? "yes" : "no"},
                                                    {"control-plane.name", first_control_plane_->name},
                                                    {"control-plane.ip", first_control_plane_->ip},
                                                    {"cluster.labels", administrator_labels_of_all()}};
        for (const auto& [name, value] : facts_of_system(node)) facts["os." + name] = value;
        const auto add_versions = [&](const std::map<std::string, std::string>& versions, const std::string& prefix) {
            for (const auto& [name, version] : versions) {
                facts[prefix + "versions." + name] = version;
                facts[prefix + "minor." + name] = minor_of(version);
            }
        };
        add_versions(facts_.versions, "");
        add_versions(node.versions, "");
        add_versions(facts_.versions, "control-plane.");
        add_versions(first_control_plane_->versions, "control-plane.");
        if (facts.count("minor.kubernetes") != 0) {
            const bool same = facts.at("minor.kubernetes") == facts.at("control-plane.minor.kubernetes");
            facts["node.kubelet"] = same ? "the control plane's minor" : "another minor";
        }
        for (const auto& [name, reference] : facts_.images) facts["images." + name] = reference;
        return facts;
    }

    [[nodiscard]] std::map<std::string, std::string> facts_of_system(const NodeFacts& node) const {
        const auto known = recipe_.systems.find(node.os);
        auto facts = known == recipe_.systems.end() ? std::map<std::string, std::string>{} : known->second;
        for (const auto& [name, value] : node.system) facts[name] = value;
        return facts;
    }

    // kubeadm registers a control plane's taints itself, by its configuration.
    [[nodiscard]] std::string kubelet_arguments_of(const NodeFacts& node) const {
        const bool by_kubelet = node.own_taints && node.name != first_control_plane_->name;
        return kubelet_arguments(node.labels, by_kubelet ? node.taints : std::vector<NodeTaint>{});
    }

    // "worker node-role.kubernetes.io/edge=", a line a label.
    [[nodiscard]] std::string administrator_labels_of_all() const {
        std::vector<std::string> lines;
        for (const auto& node : facts_.nodes) {
            for (const auto& label : administrator_labels(node.labels)) lines.push_back(node.name + " " + label);
        }
        return join(lines, "\n");
    }

    [[nodiscard]] std::string value_of(const std::string& name, const InputInfo& info, const NodeFacts& node,
                                       const std::string& where) const {
        const auto set = recipe_.set_inputs.find(node.name);
        if (set != recipe_.set_inputs.end() && set->second.count(name) != 0) return set->second.at(name);
        const auto of_os = node.inputs.find(name);
        if (of_os != node.inputs.end()) return of_os->second;
        for (const auto& one : info.cases) {
            if (holds(one.when, references_.at(node.name), where)) return one.value;
        }
        return info.value;
    }

    [[nodiscard]] std::string input(const std::string& name, const NodeFacts& node) const {
        const auto info = recipe_.inputs.find(name);
        if (info == recipe_.inputs.end()) {
            throw Error(ErrorKind::usage, fmt::format("recipe {} has no input {}", recipe_.name, name));
        }
        const auto where = fmt::format("recipe {}, input {}", recipe_.name, name);
        return replace_references(value_of(name, info->second, node, where), references_.at(node.name), where);
    }

    [[nodiscard]] const KubeadmApi& kubeadm_api() const {
        const std::string minor = references_.at(first_control_plane_->name).at("control-plane.minor.kubernetes");
        const KubeadmApi* best = nullptr;
        for (const auto& entry : recipe_.kubeadm_apis) {
            if (is_older(minor, entry.kubernetes)) continue;
            if (best == nullptr || is_older(best->kubernetes, entry.kubernetes)) best = &entry;
        }
        if (best != nullptr) return *best;
        throw Error(
            ErrorKind::usage,
            fmt::format("recipe {} does not know kubeadm's configuration API of Kubernetes {}", recipe_.name, minor),
            "choose a newer version, or add it to kubeadm_api in the recipe");
    }

    [[nodiscard]] ClusterSettings cluster_settings(const NodeFacts& node) const {
        ClusterSettings settings;
        settings.kubeadm_api = kubeadm_api();
        settings.kubernetes_version = references_.at(node.name).at("control-plane.versions.kubernetes");
        settings.node_name = node.name;
        settings.advertise_address = node.ip;
        settings.cri_socket = input("CRI_SOCKET", node);
        settings.pod_network = input("POD_NETWORK_CIDR", node);
        if (node.own_taints) settings.taints = node.taints;
        if (facts_.profile) {
            const Profile& profile = *facts_.profile;
            settings.leader_lease_seconds = profile.leader_lease_seconds;
            settings.timeout_scale = profile.kubeadm_timeout_scale;
            settings.etcd_arguments = profile.etcd_arguments;
            settings.api_server_arguments = profile.api_server_arguments;
            settings.key_algorithm = profile.kubeadm_key_algorithm;
            settings.ignored = profile.kubeadm_ignored;
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
    const NodeFacts* first_control_plane_;
    std::map<std::string, std::map<std::string, std::string>> references_;  // node -> fact -> value
    std::map<std::string, std::set<std::string>> brought_;                  // node -> files
};

}  // namespace

Plan plan_steps(const Recipe& recipe, const RunFacts& facts) {
    return Planner(recipe, facts).plan();
}

std::vector<IdleMutation> idle_mutations(const Recipe& recipe, const RunFacts& facts) {
    return Planner(recipe, facts).idle();
}

void require_effects(const Recipe& recipe, const RunFacts& facts) {
    const auto found = idle_mutations(recipe, facts);
    if (found.empty()) return;
    const auto& first = found.front();
    throw Error(ErrorKind::usage, fmt::format("{}: {}", first.path, first.reason), first.hint);
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

std::string remote_output(const PlannedStep& step) {
    return fmt::format("{}{}.output", kRemoteFolder, step.id);
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
