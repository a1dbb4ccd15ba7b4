#pragma once
// plan_steps: from a recipe and the facts of a run to the steps of each node. Pure.

#include "harness/provision/recipe.h"

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
};

struct RunFacts {
    std::vector<NodeFacts> nodes;                 // the first control plane is the one that kubeadm init runs on
    std::map<std::string, std::string> versions;  // "kubernetes" to "1.36.3", "cri-o", ...
    std::map<std::string, std::string> images;    // "pause" and "nginx" to full references
    std::string flannel_manifest;                 // its text
    std::optional<Profile> profile;
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
    std::string script;                         // as in the file; run it by run_command()
    std::map<std::string, std::string> inputs;  // resolved, WAIT_SECONDS among them
    std::vector<std::string> from_outputs;      // inputs that outputs of earlier steps give, by name
    std::vector<PlannedOutput> outputs;
    std::vector<PlannedFile> files;
    // Steps that must have passed on every node they run on. What the same node must have done before is
    // said by the order alone: a node's steps run in the order of the plan.
    std::vector<std::string> needs;
    std::chrono::seconds timeout{};
};

struct Plan {
    std::vector<PlannedStep> steps;       // ordered; every need of a step stands before it
    std::vector<std::string> stages;      // in order
    std::vector<std::string> departures;  // what the profile does otherwise than the tutorial
};

// Error(usage) when the recipe cannot be planned: an unknown ${reference}, a circle of needs, a version
// of Kubernetes that the recipe has no table entry for.
[[nodiscard]] Plan plan_steps(const Recipe& recipe, const RunFacts& facts);

// The plan cut after the last step of `stage`; Error(usage) with the stages there are for an unknown one.
[[nodiscard]] Plan until_stage(Plan plan, const std::string& stage);

// Where a step's script goes on the node, and the command that runs it there.
[[nodiscard]] std::string remote_script(const PlannedStep& step);
[[nodiscard]] std::string remote_output(const PlannedStep& step);  // the value of CRIB_OUTPUT
[[nodiscard]] std::string run_command(const PlannedStep& step);

// What a step wrote to $CRIB_OUTPUT. Error(guest) when a declared output is missing, or another is there.
[[nodiscard]] std::map<std::string, std::string> read_outputs(const PlannedStep& step, std::string_view text);

}  // namespace crib::provision
