#include "harness/check/table.h"

#include "harness/check/api_objects.h"
#include "tests/unit/check/samples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crib::check {
namespace {

// 2027-01-15T08:00:30Z
constexpr auto kNow = WallTime{std::chrono::seconds{1'800'000'030}};

std::string status_of(nlohmann::json pod) {
    return pod_status(parse_pods(pod.dump()).front());
}

TEST(Tables, ShowNodesAsKubectlDoes) {
    EXPECT_EQ(nodes_table(sample("nodes-ready.json"), kNow), sample("nodes-ready.txt"));
    EXPECT_EQ(nodes_table(sample("nodes-worker-not-ready.json"), kNow), sample("nodes-worker-not-ready.txt"));
}

TEST(Tables, ShowPodsAsKubectlDoes) {
    EXPECT_EQ(pods_table(sample("pods-running.json"), kNow), sample("pods-running.txt"));
    EXPECT_EQ(pods_table(sample("pods-starting.json"), kNow), sample("pods-starting.txt"));
}

TEST(Tables, SayWhatHappensToAPod) {
    auto pod = sample_json("pod-nginx.json");
    EXPECT_EQ(status_of(pod), "Running");

    auto evicted = pod;
    evicted["status"]["phase"] = "Failed";
    evicted["status"]["reason"] = "Evicted";
    evicted["status"].erase("containerStatuses");
    EXPECT_EQ(status_of(evicted), "Evicted");

    auto done = pod;
    done["status"]["phase"] = "Succeeded";
    done["status"]["containerStatuses"][0]["state"] = {{"terminated", {{"exitCode", 0}, {"reason", "Completed"}}}};
    EXPECT_EQ(status_of(done), "Completed");

    auto killed = pod;
    killed["status"]["containerStatuses"][0]["state"] = {{"terminated", {{"exitCode", 137}, {"signal", 9}}}};
    EXPECT_EQ(status_of(killed), "Signal:9");

    auto lost = pod;
    lost["metadata"]["deletionTimestamp"] = "2027-01-15T08:00:00Z";
    EXPECT_EQ(status_of(lost), "Terminating");
    lost["status"]["reason"] = "NodeLost";
    EXPECT_EQ(status_of(lost), "Unknown");
}

TEST(Tables, ShowTheArchitectureOnlyWhereTheServerDoes) {
    EXPECT_NE(nodes_table(sample("nodes-ready.json"), kNow).find("6.12.57+deb13-amd64 (amd64)"), std::string::npos);
    auto nodes = sample_json("nodes-ready.json");
    for (auto& node : nodes["items"]) node["status"]["nodeInfo"]["kubeletVersion"] = "v1.35.4";
    EXPECT_EQ(nodes_table(nodes.dump(), kNow).find("(amd64)"), std::string::npos);
}

TEST(Tables, ShowACordonedNode) {
    auto nodes = sample_json("nodes-ready.json");
    nodes["items"][1]["spec"]["unschedulable"] = true;
    EXPECT_NE(nodes_table(nodes.dump(), kNow).find("Ready,SchedulingDisabled"), std::string::npos);
}

TEST(Tables, WriteAgesAsKubectlDoes) {
    using namespace std::chrono_literals;
    EXPECT_EQ(human_age(-5s), "<invalid>");
    EXPECT_EQ(human_age(-1s), "0s");
    EXPECT_EQ(human_age(0s), "0s");
    EXPECT_EQ(human_age(119s), "119s");
    EXPECT_EQ(human_age(120s), "2m");
    EXPECT_EQ(human_age(330s), "5m30s");
    EXPECT_EQ(human_age(10min), "10m");
    EXPECT_EQ(human_age(179min), "179m");
    EXPECT_EQ(human_age(185min), "3h5m");
    EXPECT_EQ(human_age(9h), "9h");
    EXPECT_EQ(human_age(47h), "47h");
    EXPECT_EQ(human_age(53h), "2d5h");
    EXPECT_EQ(human_age(8 * 24h), "8d");
    EXPECT_EQ(human_age(400 * 24h), "400d");
    EXPECT_EQ(human_age(765 * 24h), "2y35d");
    EXPECT_EQ(human_age(9 * 365 * 24h), "9y");
}

TEST(Tables, PadByLettersNotByBytes) {
    EXPECT_EQ(format_table({{"A", "B"}, {"\xc3\xa9\xc3\xa9", "x"}}), "A     B\n\xc3\xa9\xc3\xa9    x\n");
}

TEST(PodsTable, IsWithoutThePodsOfChecks) {
    EXPECT_THAT(pods_table(sample("pods-of-pod-to-pod.json"), kNow), testing::Not(testing::HasSubstr("crib-check")));
}

}  // namespace
}  // namespace crib::check
