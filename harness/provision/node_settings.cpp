#include "harness/provision/node_settings.h"

#include "harness/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace crib::provision {
namespace {

bool in_namespace(std::string_view space, std::string_view wanted) {
    if (space == wanted) return true;
    return space.size() > wanted.size() && space.ends_with(wanted) && space[space.size() - wanted.size() - 1] == '.';
}

}  // namespace

bool is_kubelet_label(const std::string& key) {
    static constexpr std::array<std::string_view, 11> kAllowed = {"kubernetes.io/hostname",
                                                                  "topology.kubernetes.io/zone",
                                                                  "topology.kubernetes.io/region",
                                                                  "failure-domain.beta.kubernetes.io/zone",
                                                                  "failure-domain.beta.kubernetes.io/region",
                                                                  "beta.kubernetes.io/instance-type",
                                                                  "node.kubernetes.io/instance-type",
                                                                  "kubernetes.io/os",
                                                                  "kubernetes.io/arch",
                                                                  "beta.kubernetes.io/os",
                                                                  "beta.kubernetes.io/arch"};
    const auto slash = key.find('/');
    if (slash == std::string::npos) return true;
    const auto space = std::string_view(key).substr(0, slash);
    if (!in_namespace(space, "kubernetes.io") && !in_namespace(space, "k8s.io")) return true;
    return std::find(kAllowed.begin(), kAllowed.end(), key) != kAllowed.end() ||
           in_namespace(space, "kubelet.kubernetes.io") || in_namespace(space, "node.kubernetes.io");
}

std::string kubelet_arguments(const Labels& labels, const std::vector<NodeTaint>& taints) {
    std::vector<std::string> own_labels;
    for (const auto& [key, value] : labels) {
        if (is_kubelet_label(key)) own_labels.push_back(key + "=" + value);
    }
    std::vector<std::string> own_taints;
    for (const auto& taint : taints)
        own_taints.push_back(fmt::format("{}={}:{}", taint.key, taint.value, taint.effect));
    std::vector<std::string> arguments;
    if (!own_labels.empty()) arguments.push_back("--node-labels=" + join(own_labels, ","));
    if (!own_taints.empty()) arguments.push_back("--register-with-taints=" + join(own_taints, ","));
    return join(arguments, " ");
}

std::vector<std::string> administrator_labels(const Labels& labels) {
    std::vector<std::string> words;
    for (const auto& [key, value] : labels) {
        if (!is_kubelet_label(key)) words.push_back(key + "=" + value);
    }
    return words;
}

}  // namespace crib::provision
