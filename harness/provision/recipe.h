#pragma once
// Recipe: the ordered steps of a set-up, as fixtures/recipes/NAME holds them, and profiles, which are
// named departures from it for a kind of host.

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace crib::provision {

enum class NodeSelector { all, control_plane, first_control_plane, workers };

struct InputInfo {
    std::string value;  // may hold ${...} references to facts of the run
    std::string about;
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

struct RecipeStep {
    std::string id;
    std::string title;
    std::string script_name;  // "13-kubeadm-init.sh"
    std::string script;       // its text
    NodeSelector nodes = NodeSelector::all;
    std::vector<std::string> needs;    // ids; "ID@all" means on every node
    std::vector<std::string> inputs;   // names of inputs, or of outputs of earlier steps
    std::vector<std::string> files;    // names of files
    std::vector<std::string> outputs;  // names that it hands on
    std::string stage;                 // the stage that it completes; may be empty
    std::string before;                // a profile's step: the step that must wait for this one on all nodes
    unsigned timeout_seconds = 0;
};

// From this minor version of Kubernetes on, kubeadm's configuration is of this API version.
struct KubeadmApi {
    std::string kubernetes;  // "1.31"
    std::string api;         // "kubeadm.k8s.io/v1beta4"
};

struct Recipe {
    std::string name;
    std::string title;
    std::vector<std::string> stages;
    std::map<std::string, InputInfo> inputs;
    std::map<std::string, FileInfo> files;
    std::map<std::string, OutputInfo> outputs;
    std::vector<KubeadmApi> kubeadm_apis;
    std::vector<RecipeStep> steps;
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
    std::string kubeadm_key_algorithm;  // empty: kubeadm's default
    std::map<std::string, std::string> etcd_arguments;
    std::string kubeadm_patches;                            // the input that names the folder of patches; empty: none
    std::map<std::string, std::string> inputs;              // in place of the recipe's values
    std::vector<RecipeStep> steps;                          // added to the recipe's
    std::map<std::string, std::vector<std::string>> needs;  // what steps of the recipe wait for in addition
};

// Error(usage) naming the file and everything that is wrong with it: a step that needs an unknown one, a
// script that is missing, an input that nothing gives.
[[nodiscard]] Recipe load_recipe(const std::filesystem::path& folder);
[[nodiscard]] Profile load_profile(const std::filesystem::path& folder);

// The recipe with the profile's steps and values in it.
[[nodiscard]] Recipe with_profile(Recipe recipe, const Profile& profile);

// Names of the folders under fixtures/recipes.
[[nodiscard]] std::vector<std::string> recipes_on_offer(const std::filesystem::path& fixtures);

}  // namespace crib::provision
