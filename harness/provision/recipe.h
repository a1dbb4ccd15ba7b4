#pragma once
// Recipe: the ordered steps of a set-up, as fixtures/recipes/NAME holds them, and profiles, which are
// named departures from it for a kind of host.

#include "harness/base/shared_text.h"
#include "harness/provision/conditions.h"

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace crib::provision {

enum class NodeSelector { all, control_plane, first_control_plane, workers };

// A value for some versions or systems.
struct InputCase {
    Conditions when;
    std::string value;
    std::string source;  // where the fact is from
};

struct InputInfo {
    std::string value;  // may hold ${...} references to facts of the run
    std::string about;
    std::vector<InputCase> cases{};  // the first that holds is in place of `value`
};

// A file that crib puts on a node before a step; the environment variable of that name holds its path.
struct FileInfo {
    std::string path;  // on the node
    unsigned mode = 0644;
    std::string about;
};

struct OutputInfo {
    std::string about;
    bool secret = false;
};

// A script with what it is given.
struct StepScript {
    std::string name;  // "13-kubeadm-init.sh"
    SharedText text;
    std::vector<std::string> inputs;
    std::vector<std::string> files;
};

// A step's script for some versions or systems.
struct ScriptVariant {
    Conditions when;
    StepScript script;
    std::string title;   // empty: the step's
    std::string source;  // where the fact is from that makes it differ
};

struct RecipeStep {
    std::string id;
    std::string title;
    std::string script_name;  // "13-kubeadm-init.sh"
    SharedText script;        // its text
    NodeSelector nodes = NodeSelector::all;
    std::vector<std::string> needs;    // ids; "ID@all" means on every node
    std::vector<std::string> inputs;   // names of inputs, or of outputs of earlier steps
    std::vector<std::string> files;    // names of files
    std::vector<std::string> outputs;  // names that it hands on
    std::string stage;                 // the stage that it completes; may be empty
    // A profile's step: the step that needs this one, the first of these that the recipe has.
    std::vector<std::string> before;
    unsigned timeout_seconds = 0;
    Conditions when{};                      // nodes where it does not hold go without the step
    std::vector<ScriptVariant> variants{};  // the first that holds is in place of `script`
    // What a scenario's mutations made of it, by names of nodes.
    std::set<std::string> only_on{};  // a new step's nodes, whatever `nodes` says; empty: as that says
    std::set<std::string> skipped_on{};
    std::map<std::string, StepScript> replaced_on{};
};

// From this minor version of Kubernetes on, kubeadm's configuration is of this API version.
struct KubeadmApi {
    std::string kubernetes;      // "1.31"
    std::string api;             // "kubeadm.k8s.io/v1beta4"
    bool argument_lists = true;  // extraArgs are lists of names and values, not maps
    bool patches = true;         // has patches.directory
    bool timeouts = true;        // has its own time limits
    bool key_algorithm = true;   // has encryptionAlgorithm
};

struct Recipe {
    std::string name;
    std::string title;
    std::vector<std::string> components;  // what it sets up in the version that the scenario says
    std::vector<std::string> stages;
    std::vector<std::string> checkpoints;  // the stages at whose end saving the cluster is worth its time
    std::string pods_run_after;            // from this stage on a checkpoint is of an instant at which all pods run
    bool image_archives = false;           // preloaded images are archives to be imported, not CRI-O's store
    std::set<std::string> programs;        // components that it installs as programs where there are no packages
    std::map<std::string, InputInfo> inputs;
    std::map<std::string, FileInfo> files;
    std::map<std::string, OutputInfo> outputs;
    std::vector<KubeadmApi> kubeadm_apis;
    std::vector<RecipeStep> steps;
    std::map<std::string, RecipeStep> swaps{};  // component to the step that puts another build of it in its place
    // Operating systems: name -> fact -> value, as ${os.FACT}. From the catalogue.
    std::map<std::string, std::map<std::string, std::string>> systems{};
    // Values that a scenario sets: node -> input -> value. They win over all others.
    std::map<std::string, std::map<std::string, std::string>> set_inputs{};
};

struct Profile {
    std::string name;
    std::string title;
    std::vector<std::string> departures;        // one sentence each, for people
    std::string cpu_model;                      // empty: the hypervisor's choice
    std::vector<std::string> kernel_arguments;  // added to each node's command line
    unsigned timeout_scale = 1;                 // of steps
    unsigned leader_lease_seconds = 0;          // 0: as upstream has it
    unsigned kubeadm_timeout_scale = 1;
    std::string kubeadm_key_algorithm;         // empty: kubeadm's default
    std::vector<std::string> kubeadm_ignored;  // names of kubeadm init's preflight checks that need not pass
    std::map<std::string, std::string> etcd_arguments;
    std::map<std::string, std::string> api_server_arguments;
    std::string kubeadm_patches;                            // the input that names the folder of patches; empty: none
    std::map<std::string, std::string> inputs;              // in place of the recipe's values
    std::vector<RecipeStep> steps;                          // added to the recipe's
    std::map<std::string, std::vector<std::string>> needs;  // what steps of the recipe wait for in addition
};

// The folder's recipe.json or profile.json, with its scripts. Error(usage) naming the file, the key and what to do: for
// a value that cannot be used, an unknown key, a name that is not the folder's, a script that is missing; then for all
// that is wrong with what its steps name: an unknown step, an input that nothing gives.
[[nodiscard]] Recipe load_recipe(const std::filesystem::path& folder);
[[nodiscard]] Profile load_profile(const std::filesystem::path& folder);

// The recipe with the profile's steps and values in it.
[[nodiscard]] Recipe with_profile(Recipe recipe, const Profile& profile);

// The stage that with_swaps() adds.
inline constexpr const char* kSwapStage = "swapped";

// The recipe, and after its last stage one more, in which other builds of these components take the place of those
// that were set up. Error(usage) for a component that the recipe cannot swap, naming those that it can.
[[nodiscard]] Recipe with_swaps(Recipe recipe, const std::vector<std::string>& components);

// Names of the folders under fixtures/recipes that have a recipe.json, sorted; hidden ones are passed over.
[[nodiscard]] std::vector<std::string> recipes_on_offer(const std::filesystem::path& fixtures);

}  // namespace crib::provision
