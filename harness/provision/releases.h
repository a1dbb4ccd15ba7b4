#pragma once
// Releases: what a minor version of Kubernetes went with, for showing a recipe without a scenario.

#include "harness/provision/plan.h"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace crib::provision {

struct Release {
    std::string minor;                            // "1.24"
    std::map<std::string, std::string> versions;  // "kubernetes" to "1.24.17", "cri-o", "flannel"
    std::string pause;                            // the image that its kubeadm asks for
};

// Oldest first. Error(usage) naming the file when it is not as it should be.
[[nodiscard]] std::vector<Release> load_releases(const std::filesystem::path& fixtures);

// What is to be shown. Versions that are not named are those that went with the one of Kubernetes, which is the newest
// when it is not named; "1.24" is the newest patch known.
struct ShowRequest {
    std::string os;
    std::string source = "upstream";
    std::map<std::string, std::string> versions;
};

// The facts of a control plane and a worker as examples, with addresses that are nobody's (RFC 5737). Error(usage) for
// a minor version that is in no row.
[[nodiscard]] RunFacts example_facts(const std::vector<Release>& releases, const ShowRequest& request);

}  // namespace crib::provision
