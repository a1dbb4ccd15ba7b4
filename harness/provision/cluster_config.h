#pragma once
// The configuration files of kubeadm and the kubelet, as JSON (which is YAML). Pure.

#include "harness/provision/node_settings.h"
#include "harness/provision/recipe.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace crib::provision {

struct ClusterSettings {
    KubeadmApi kubeadm_api;
    std::string kubernetes_version;
    std::string node_name;
    std::string advertise_address;
    std::string cri_socket;
    std::string pod_network;
    unsigned leader_lease_seconds = 0;  // of kube-controller-manager and kube-scheduler; 0: their default
    unsigned timeout_scale = 1;
    std::string patches;               // folder on the node with patches to the control plane's pods; empty: none
    std::vector<std::string> ignored;  // kubeadm init's preflight checks that need not pass
    // Of the keys that kubeadm makes: "ECDSA-P256"; empty: kubeadm's default, RSA-2048. Since v1beta4.
    std::string key_algorithm;
    std::map<std::string, std::string> etcd_arguments;        // "heartbeat-interval" -> "500"
    std::map<std::string, std::string> api_server_arguments;  // "etcd-servers" -> "http://127.0.0.1:2378"
    std::optional<std::vector<NodeTaint>> taints{};           // of the node; nothing: kubeadm's own for a control plane
};

// InitConfiguration and ClusterConfiguration, two documents. What the API version has no field for is left out.
[[nodiscard]] std::string kubeadm_init_config(const ClusterSettings& settings);

// A KubeletConfiguration drop-in: cgroup driver systemd, and the tutorial's request timeout.
[[nodiscard]] std::string kubelet_config();

}  // namespace crib::provision
