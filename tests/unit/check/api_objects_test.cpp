#include "harness/check/api_objects.h"

#include "harness/base/error.h"
#include "tests/unit/check/samples.h"

#include <gmock/gmock.h>

namespace crib::check {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(ApiObjects, ReadWhatANodeSaysOfItself) {
    const auto nodes = parse_nodes(sample("nodes-ready.json"));
    ASSERT_EQ(nodes.size(), 2U);
    EXPECT_EQ(nodes[0].name, "master");
    EXPECT_TRUE(nodes[0].is_ready());
    EXPECT_THAT(nodes[0].roles, ElementsAre("control-plane"));
    EXPECT_EQ(nodes[0].runtime, "cri-o://1.36.3");
    EXPECT_EQ(nodes[0].kubelet_version, "v1.36.3");
    EXPECT_EQ(nodes[1].internal_ip, "192.168.76.12");
    EXPECT_TRUE(nodes[1].roles.empty());
}

TEST(ApiObjects, KeepWhyANodeIsNotReady) {
    const auto nodes = parse_nodes(sample("nodes-worker-not-ready.json"));
    EXPECT_FALSE(nodes[1].is_ready());
    EXPECT_EQ(nodes[1].ready_reason, "KubeletNotReady");
    EXPECT_THAT(nodes[1].ready_message, HasSubstr("No CNI configuration file"));
}

TEST(ApiObjects, ReadContainersWithTheirStates) {
    const auto pods = parse_pods(sample("pods-starting.json"));
    ASSERT_EQ(pods.size(), 6U);
    EXPECT_THAT(pods[0].unscheduled_message, HasSubstr("0/2 nodes are available"));
    EXPECT_TRUE(pods[1].deleting);
    EXPECT_EQ(pods[2].containers[0].waiting_reason, "ImagePullBackOff");
    EXPECT_TRUE(pods[3].containers[0].init);
    EXPECT_EQ(pods[5].containers[0].restarts, 6);
    EXPECT_EQ(pods[5].containers[0].last_exit, "Error, exit code 1");
}

TEST(ApiObjects, ReadASingleObjectAsAListOfOne) {
    const auto pods = parse_pods(sample("pod-nginx.json"));
    ASSERT_EQ(pods.size(), 1U);
    EXPECT_EQ(pods[0].full_name(), "default/nginx");
    EXPECT_EQ(pods[0].ip, "10.244.1.2");
    EXPECT_TRUE(pods[0].is_running());
}

TEST(ApiObjects, ReadAnEmptyListAsNothing) {
    EXPECT_TRUE(parse_pods(R"({"kind":"PodList","items":[],"metadata":{}})").empty());
    EXPECT_TRUE(parse_nodes(R"({"kind":"NodeList","items":null,"metadata":{}})").empty());
}

TEST(ApiObjects, SurviveFieldsOfTheWrongType) {
    const auto pods = parse_pods(R"({"items":[{"metadata":7,"spec":[],"status":{"conditions":3,"podIP":{}}}]})");
    ASSERT_EQ(pods.size(), 1U);
    EXPECT_FALSE(pods[0].is_running());
    EXPECT_EQ(parse_nodes(R"({"items":[{"status":{"addresses":"x","conditions":[1]}}]})").size(), 1U);
}

TEST(ApiObjects, RefuseWhatIsNotJson) {
    EXPECT_THROW((void)parse_nodes("<html>"), Error);
    EXPECT_THROW((void)parse_pods("[1]"), Error);
}

TEST(ApiObjects, ReadServicesAndDaemonSets) {
    EXPECT_EQ(cluster_ip_of(sample("service-kubernetes.json")), "10.96.0.1");
    EXPECT_EQ(service_port_of(sample("service-nginx.json")), 80);
    EXPECT_EQ(cluster_ip_of(R"({"spec":{"clusterIP":"None"}})"), "");
    EXPECT_EQ(match_labels_of(sample("daemonset-kube-proxy.json")), "k8s-app=kube-proxy");
    EXPECT_EQ(resource_version_of(sample("nodes-ready.json")), "1342");
}

TEST(ApiObjects, ReadTimesAsKubernetesWritesThem) {
    const auto time = parse_time("2027-01-15T08:00:00Z");
    ASSERT_TRUE(time.has_value());
    EXPECT_EQ(*time, WallTime{std::chrono::seconds{1'800'000'000}});
    EXPECT_TRUE(parse_time("2027-01-15T08:00:00.123456Z").has_value());
    for (const auto* wrong :
         {"", "yesterday", "2027-13-15T08:00:00Z", "2027-01-15 08:00:00Z", "2027-01-15T08:00:0xZ"}) {
        EXPECT_FALSE(parse_time(wrong).has_value()) << wrong;
    }
}

}  // namespace
}  // namespace crib::check
