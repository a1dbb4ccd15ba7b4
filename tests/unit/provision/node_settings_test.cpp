#include "harness/provision/node_settings.h"

#include "harness/provision/plan.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

namespace crib::provision {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const std::filesystem::path kFixtures = std::filesystem::path(CRIB_SOURCE_DIR) / "fixtures";

RunFacts two_nodes() {
    RunFacts facts;
    facts.nodes = {{"master", true, "192.168.76.11", "debian-13", {}},
                   {"worker", false, "192.168.76.12", "debian-13", {}}};
    facts.versions = {{"kubernetes", "1.36.3"}, {"cri-o", "1.36.3"}, {"flannel", "0.28.10"}};
    facts.images = {{"pause", "registry.k8s.io/pause:3.10.2"}, {"nginx", "docker.io/library/nginx:1.29.1"}};
    return facts;
}

const PlannedStep* find(const Plan& plan, const std::string& id, const std::string& node) {
    const auto found = std::find_if(plan.steps.begin(), plan.steps.end(),
                                    [&](const PlannedStep& step) { return step.id == id && step.node == node; });
    return found == plan.steps.end() ? nullptr : &*found;
}

class NodeSettings : public ::testing::Test {
protected:
    std::string input(const std::string& id, const std::string& node, const std::string& name) {
        plan_ = plan_steps(load_recipe(kFixtures / "recipes/crio-kubeadm-flannel"), facts_);
        const auto* step = find(plan_, id, node);
        return step == nullptr ? "(no such step)" : step->inputs.at(name);
    }
    // The node's registration in kubeadm's configuration.
    nlohmann::json registration() {
        (void)input("kubeadm-init", "master", "KUBEADM_CONFIG");
        const auto& text = find(plan_, "kubeadm-init", "master")->files.at(0).content;
        return nlohmann::json::parse(text.substr(0, text.find("\n---\n")))["nodeRegistration"];
    }

    RunFacts facts_ = two_nodes();
    Plan plan_;
};

TEST_F(NodeSettings, AControlPlaneKeepsKubeadmsTaintWhenNothingIsSaid) {
    EXPECT_FALSE(registration().contains("taints"));
}

TEST_F(NodeSettings, AnEmptyListTakesTheControlPlanesTaintAway) {
    facts_.nodes[0].own_taints = true;
    EXPECT_EQ(registration()["taints"], nlohmann::json::array());
}

TEST_F(NodeSettings, TaintsOfAControlPlaneAreKubeadmsAndThoseOfAWorkerItsKubelets) {
    for (auto& node : facts_.nodes) {
        node.own_taints = true;
        node.taints = {{"disk", "slow", "NoSchedule"}};
    }
    EXPECT_EQ(registration()["taints"],
              nlohmann::json::parse(R"([{"key": "disk", "value": "slow", "effect": "NoSchedule"}])"));
    EXPECT_EQ(input("kubelet-drop-in", "master", "KUBELET_ARGUMENTS"), "");
    EXPECT_EQ(input("kubelet-drop-in", "worker", "KUBELET_ARGUMENTS"), "--register-with-taints=disk=slow:NoSchedule");
}

TEST_F(NodeSettings, LabelsAreTheKubeletsUnlessOnlyAnAdministratorMaySetThem) {
    facts_.nodes[1].labels = {
        {"zone", "a"}, {"node-role.kubernetes.io/edge", ""}, {"topology.kubernetes.io/zone", "b"}};
    EXPECT_EQ(input("kubelet-drop-in", "worker", "KUBELET_ARGUMENTS"),
              "--node-labels=topology.kubernetes.io/zone=b,zone=a");
    EXPECT_EQ(input("node-labels", "master", "NODE_LABELS"), "worker node-role.kubernetes.io/edge=");
}

TEST_F(NodeSettings, NobodyIsLabelledByAnAdministratorWithoutNeed) {
    facts_.nodes[1].labels = {{"zone", "a"}};
    EXPECT_EQ(input("node-labels", "master", "NODE_LABELS"), "(no such step)");
}

TEST_F(NodeSettings, AWorkerMayHaveAnOlderKubeletButNotAnOlderKubeadm) {
    facts_.nodes[1].versions = {{"kubernetes", "1.35.6"}};
    EXPECT_EQ(input("install-kubernetes", "worker", "KUBERNETES_VERSION"), "1.35.6");
    EXPECT_EQ(input("install-kubernetes", "worker", "KUBEADM_VERSION"), "1.36.3");
    EXPECT_EQ(input("install-kubernetes", "master", "KUBERNETES_VERSION"), "1.36.3");
    EXPECT_THAT(input("package-repository", "worker", "KUBERNETES_REPOSITORY_URL"), HasSubstr("/kubernetes/v1.35/"));
    EXPECT_THAT(input("package-repository", "worker", "KUBEADM_REPOSITORY_URL"), HasSubstr("/kubernetes/v1.36/"));
}

TEST(KubeletLabels, OfKubernetesItselfAreOnlyTheAllowedOnes) {
    EXPECT_TRUE(is_kubelet_label("zone"));
    EXPECT_TRUE(is_kubelet_label("example.com/zone"));
    EXPECT_TRUE(is_kubelet_label("node.kubernetes.io/pool"));
    EXPECT_TRUE(is_kubelet_label("mine.kubelet.kubernetes.io/x"));
    EXPECT_TRUE(is_kubelet_label("kubernetes.io/hostname"));
    EXPECT_TRUE(is_kubelet_label("notkubernetes.io/x"));
    EXPECT_FALSE(is_kubelet_label("node-role.kubernetes.io/worker"));
    EXPECT_FALSE(is_kubelet_label("kubernetes.io/role"));
    EXPECT_FALSE(is_kubelet_label("example.k8s.io/x"));
}

}  // namespace
}  // namespace crib::provision
