#pragma once
// What a scenario asks of one Kubernetes node: its labels and taints, as kubeadm, the kubelet and kubectl take them.
// Pure.

#include <map>
#include <string>
#include <vector>

namespace crib::provision {

struct NodeTaint {
    std::string key;
    std::string value;   // may be empty
    std::string effect;  // "NoSchedule", "PreferNoSchedule", "NoExecute"
};

using Labels = std::map<std::string, std::string>;

// May a kubelet give itself this label by --node-labels? With another one of kubernetes.io or k8s.io it ends at once:
// such labels are an administrator's, by "kubectl label". Source: k8s.io/kubelet, pkg/apis/well_known_labels.go.
[[nodiscard]] bool is_kubelet_label(const std::string& key);

// Arguments of the kubelet: "--node-labels=a=b,c=d --register-with-taints=k=v:NoSchedule"; empty without any.
[[nodiscard]] std::string kubelet_arguments(const Labels& labels, const std::vector<NodeTaint>& taints);

// The labels that only an administrator may set, as words for kubectl label: "node-role.kubernetes.io/edge=".
[[nodiscard]] std::vector<std::string> administrator_labels(const Labels& labels);

}  // namespace crib::provision
