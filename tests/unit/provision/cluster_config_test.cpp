#include "harness/provision/cluster_config.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

namespace crib::provision {
namespace {

using nlohmann::json;

ClusterSettings settings() {
    ClusterSettings settings;
    settings.kubeadm_api.api = "kubeadm.k8s.io/v1beta4";
    settings.kubernetes_version = "1.36.3";
    settings.node_name = "master";
    settings.advertise_address = "192.168.76.11";
    settings.cri_socket = "unix:///var/run/crio/crio.sock";
    settings.pod_network = "10.244.0.0/16";
    return settings;
}

// The documents of a file.
std::vector<json> documents(const std::string& text) {
    const std::string separator = "\n---\n";
    const auto middle = text.find(separator);
    EXPECT_NE(middle, std::string::npos);
    return {json::parse(text.substr(0, middle)), json::parse(text.substr(middle + separator.size()))};
}

TEST(KubeadmConfig, SaysWhatTheTutorialSaysByFlags) {
    const auto parts = documents(kubeadm_init_config(settings()));
    EXPECT_EQ(parts[0]["apiVersion"], "kubeadm.k8s.io/v1beta4");
    EXPECT_EQ(parts[0]["kind"], "InitConfiguration");
    EXPECT_EQ(parts[0]["localAPIEndpoint"]["advertiseAddress"], "192.168.76.11");
    EXPECT_EQ(parts[0]["nodeRegistration"]["criSocket"], "unix:///var/run/crio/crio.sock");
    EXPECT_EQ(parts[0]["nodeRegistration"]["name"], "master");
    EXPECT_EQ(parts[1]["kind"], "ClusterConfiguration");
    EXPECT_EQ(parts[1]["kubernetesVersion"], "v1.36.3");
    EXPECT_EQ(parts[1]["networking"]["podSubnet"], "10.244.0.0/16");
}

TEST(KubeadmConfig, DepartsFromTheTutorialOnlyWhenAsked) {
    const auto parts = documents(kubeadm_init_config(settings()));
    EXPECT_FALSE(parts[0].contains("timeouts"));
    EXPECT_FALSE(parts[1].contains("scheduler"));
    EXPECT_FALSE(parts[1].contains("controllerManager"));
    EXPECT_FALSE(parts[1].contains("etcd"));
    EXPECT_FALSE(parts[1].contains("encryptionAlgorithm"));
}

TEST(KubeadmConfig, IgnoresThePreflightChecksThatItIsTold) {
    auto wanted = settings();
    EXPECT_FALSE(documents(kubeadm_init_config(wanted))[0]["nodeRegistration"].contains("ignorePreflightErrors"));
    wanted.ignored = {"NumCPU"};
    EXPECT_EQ(documents(kubeadm_init_config(wanted))[0]["nodeRegistration"]["ignorePreflightErrors"],
              json::parse(R"(["NumCPU"])"));
}

TEST(KubeadmConfig, TakesTheKeysAlgorithm) {
    auto wanted = settings();
    wanted.key_algorithm = "ECDSA-P256";
    EXPECT_EQ(documents(kubeadm_init_config(wanted))[1]["encryptionAlgorithm"], "ECDSA-P256");
}

TEST(KubeadmConfig, OfAnOlderApiHasMapsOfArgumentsAndNothingThatItDoesNotKnow) {
    auto wanted = settings();
    wanted.kubeadm_api = {"1.22", "kubeadm.k8s.io/v1beta3", false, true, false, false};
    wanted.etcd_arguments = {{"heartbeat-interval", "500"}};
    wanted.key_algorithm = "ECDSA-P256";
    wanted.timeout_scale = 3;
    wanted.patches = "/etc/kubernetes/patches";
    const auto parts = documents(kubeadm_init_config(wanted));
    EXPECT_EQ(parts[1]["etcd"]["local"]["extraArgs"], json::parse(R"({"heartbeat-interval": "500"})"));
    EXPECT_FALSE(parts[1].contains("encryptionAlgorithm"));
    EXPECT_FALSE(parts[0].contains("timeouts"));
    EXPECT_TRUE(parts[0].contains("patches"));
}

TEST(KubeadmConfig, HandsArgumentsToEtcd) {
    auto wanted = settings();
    wanted.etcd_arguments = {{"election-timeout", "5000"}, {"heartbeat-interval", "500"}};
    EXPECT_EQ(documents(kubeadm_init_config(wanted))[1]["etcd"]["local"]["extraArgs"],
              json::parse(R"([{"name": "election-timeout", "value": "5000"},
                              {"name": "heartbeat-interval", "value": "500"}])"));
}

TEST(KubeadmConfig, HandsArgumentsToTheApiServer) {
    auto wanted = settings();
    EXPECT_FALSE(documents(kubeadm_init_config(wanted))[1].contains("apiServer"));
    wanted.api_server_arguments = {{"etcd-servers", "http://127.0.0.1:2378"}};
    EXPECT_EQ(documents(kubeadm_init_config(wanted))[1]["apiServer"]["extraArgs"],
              json::parse(R"([{"name": "etcd-servers", "value": "http://127.0.0.1:2378"}])"));
}

TEST(KubeadmConfig, StretchesTheLeaderLeaseOfBothControllers) {
    auto wanted = settings();
    wanted.leader_lease_seconds = 120;
    const auto parts = documents(kubeadm_init_config(wanted));
    const auto arguments = json::parse(R"([{"name": "leader-elect-lease-duration", "value": "120s"},
                                          {"name": "leader-elect-renew-deadline", "value": "80s"},
                                          {"name": "leader-elect-retry-period", "value": "16s"}])");
    EXPECT_EQ(parts[1]["scheduler"]["extraArgs"], arguments);
    EXPECT_EQ(parts[1]["controllerManager"]["extraArgs"], arguments);
}

TEST(KubeadmConfig, NamesTheFolderOfPatchesWhenThereIsOne) {
    EXPECT_FALSE(documents(kubeadm_init_config(settings()))[0].contains("patches"));
    auto wanted = settings();
    wanted.patches = "/etc/kubernetes/patches";
    EXPECT_EQ(documents(kubeadm_init_config(wanted))[0]["patches"]["directory"], "/etc/kubernetes/patches");
}

TEST(KubeadmConfig, ScalesItsTimeLimits) {
    auto wanted = settings();
    wanted.timeout_scale = 3;
    const auto parts = documents(kubeadm_init_config(wanted));
    EXPECT_EQ(parts[0]["timeouts"]["controlPlaneComponentHealthCheck"], "12m0s");
    EXPECT_EQ(parts[0]["timeouts"]["kubernetesAPICall"], "3m0s");
}

TEST(KubeletConfig, UsesTheCgroupDriverOfCriO) {
    EXPECT_EQ(json::parse(kubelet_config())["cgroupDriver"], "systemd");
}

}  // namespace
}  // namespace crib::provision
