#include "harness/provision/cluster_config.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace crib::provision {
namespace {

using Json = nlohmann::ordered_json;

// kubeadm's own defaults, times `scale`.
Json kubeadm_timeouts(unsigned scale) {
    const auto minutes = [scale](unsigned n) { return fmt::format("{}m0s", n * scale); };
    return {
        {"controlPlaneComponentHealthCheck", minutes(4)},
        {"kubeletHealthCheck", minutes(4)},
        {"kubernetesAPICall", minutes(1)},
        {"etcdAPICall", minutes(2)},
        {"tlsBootstrap", minutes(5)},
        {"discovery", minutes(5)},
    };
}

Json init_configuration(const ClusterSettings& settings) {
    Json config = {
        {"apiVersion", settings.kubeadm_api.api},
        {"kind", "InitConfiguration"},
        {"localAPIEndpoint", {{"advertiseAddress", settings.advertise_address}, {"bindPort", 6443}}},
        {"nodeRegistration", {{"name", settings.node_name}, {"criSocket", settings.cri_socket}}},
    };
    if (settings.taints) {
        Json taints = Json::array();
        for (const auto& taint : *settings.taints) {
            taints.push_back({{"key", taint.key}, {"value", taint.value}, {"effect", taint.effect}});
        }
        config["nodeRegistration"]["taints"] = taints;
    }
    if (!settings.ignored.empty()) config["nodeRegistration"]["ignorePreflightErrors"] = settings.ignored;
    if (settings.kubeadm_api.patches && !settings.patches.empty())
        config["patches"] = {{"directory", settings.patches}};
    if (settings.kubeadm_api.timeouts && settings.timeout_scale > 1)
        config["timeouts"] = kubeadm_timeouts(settings.timeout_scale);
    return config;
}

Json extra_arguments(const KubeadmApi& api, const std::map<std::string, std::string>& arguments) {
    if (!api.argument_lists) return arguments;
    Json list = Json::array();
    for (const auto& [name, value] : arguments) list.push_back({{"name", name}, {"value", value}});
    return list;
}

Json cluster_configuration(const ClusterSettings& settings) {
    Json config = {
        {"apiVersion", settings.kubeadm_api.api},
        {"kind", "ClusterConfiguration"},
        {"kubernetesVersion", "v" + settings.kubernetes_version},
        {"networking", {{"podSubnet", settings.pod_network}}},
    };
    if (settings.kubeadm_api.key_algorithm && !settings.key_algorithm.empty())
        config["encryptionAlgorithm"] = settings.key_algorithm;
    if (settings.leader_lease_seconds > 0) {
        // Kept in the proportions of the defaults: 15 s, 10 s, 2 s.
        const auto lease = settings.leader_lease_seconds;
        const Json arguments =
            extra_arguments(settings.kubeadm_api, {{"leader-elect-lease-duration", fmt::format("{}s", lease)},
                                                   {"leader-elect-renew-deadline", fmt::format("{}s", lease * 2 / 3)},
                                                   {"leader-elect-retry-period", fmt::format("{}s", lease * 2 / 15)}});
        config["controllerManager"] = {{"extraArgs", arguments}};
        config["scheduler"] = {{"extraArgs", arguments}};
    }
    if (!settings.api_server_arguments.empty()) {
        config["apiServer"] = {{"extraArgs", extra_arguments(settings.kubeadm_api, settings.api_server_arguments)}};
    }
    if (!settings.etcd_arguments.empty()) {
        config["etcd"] = {{"local", {{"extraArgs", extra_arguments(settings.kubeadm_api, settings.etcd_arguments)}}}};
    }
    return config;
}

}  // namespace

std::string kubeadm_init_config(const ClusterSettings& settings) {
    return init_configuration(settings).dump(2) + "\n---\n" + cluster_configuration(settings).dump(2) + "\n";
}

std::string kubelet_config() {
    const Json config = {
        {"apiVersion", "kubelet.config.k8s.io/v1beta1"},
        {"kind", "KubeletConfiguration"},
        {"cgroupDriver", "systemd"},
        {"runtimeRequestTimeout", "5m0s"},
    };
    return config.dump(2) + "\n";
}

}  // namespace crib::provision
