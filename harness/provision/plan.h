#pragma once
// plan_steps: from a recipe and the facts of a run to the steps of each node. Pure.

#include "harness/base/shared_text.h"
#include "harness/provision/node_settings.h"
#include "harness/provision/recipe.h"
#include "harness/scenario/scenario.h"

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace crib::provision {

struct NodeFacts {
    std::string name;
    bool control_plane = false;
    std::string ip;
    std::string os;                             // "debian-13"
    std::map<std::string, std::string> inputs;  // what its OS has in place of the recipe's values
    Labels labels{};
    std::vector<NodeTaint> taints{};
    bool own_taints = false;                        // false: kubeadm's own; true: `taints`, though it may be empty
    std::map<std::string, std::string> versions{};  // what differs from the cluster's
    std::map<std::string, std::string> system{};    // "package_manager" to "apt": in place of the recipe's table
};

struct RunFacts {
    std::vector<NodeFacts> nodes;                 // the first control plane is the one that kubeadm init runs on
    std::map<std::string, std::string> versions;  // "kubernetes" to "1.36.3", "cri-o", ...
    std::map<std::string, std::string> images;    // "pause" and "nginx" to full references
    std::string flannel_manifest;                 // its text
    std::optional<Profile> profile;
    std::vector<scenario::Mutation> mutations{};
    std::string source = "crib";  // where packages come from: "crib" serves them, or "upstream"
};

struct PlannedFile {
    std::string path;  // on the node
    unsigned mode = 0644;
    std::string content;
};

struct PlannedOutput {
    std::string name;
    bool secret = false;
};

struct PlannedStep {
    std::string id;
    std::string title;
    std::string node;
    std::string stage;                          // the stage that is under way while it runs; ends with its last step
    std::string script_name;                    // "13-kubeadm-init.sh"
    SharedText script;                          // as in the file; bash -euo pipefail runs it
    std::map<std::string, std::string> inputs;  // resolved, WAIT_SECONDS among them
    std::vector<std::string> from_outputs;      // inputs that outputs of earlier steps give, by name
    std::vector<PlannedOutput> outputs;
    std::vector<PlannedFile> files;  // those that no earlier step of the node has brought
    // Steps that must have passed on every node they run on. What the same node must have done before is
    // said by the order alone: a node's steps run in the order of the plan.
    std::vector<std::string> needs;
    std::chrono::seconds timeout{};
};

struct Plan {
    std::vector<PlannedStep> steps;       // ordered; every need of a step stands before it
    std::vector<std::string> stages;      // in order
    std::vector<std::string> departures;  // what the profile does otherwise than the tutorial
    std::vector<std::string> changes;     // what the scenario's mutations do otherwise, one line each
};

// The recipe, with the profile's steps in it, changed by the mutations (mutations.h says how), for these nodes. An
// input's value is the scenario's (set), else the one of the node's operating system, else the profile's, else the
// recipe's first case that holds, else the recipe's.
// Error(usage) when that cannot be planned: an unknown ${reference}, a circle of needs, a version of Kubernetes that
// the recipe has no table entry for, a mutation of a step that does not exist.
[[nodiscard]] Plan plan_steps(const Recipe& recipe, const RunFacts& facts);

// The plan cut after the last step of `stage`; Error(usage) with the stages there are for an unknown one.
[[nodiscard]] Plan until_stage(Plan plan, const std::string& stage);

// The file on the node that a step writes its outputs to: the value of CRIB_OUTPUT.
[[nodiscard]] std::string remote_output(const PlannedStep& step);

// What a step wrote to $CRIB_OUTPUT. Error(guest) when a declared output is missing, or another is there.
[[nodiscard]] std::map<std::string, std::string> read_outputs(const PlannedStep& step, std::string_view text);

}  // namespace crib::provision
