#include "harness/base/error.h"
#include "tests/unit/check/samples.h"

#include <gmock/gmock.h>

namespace crib::check {
namespace {

using std::chrono::seconds;
using test::body;
using test::status;
using test::unreachable;
using testing::HasSubstr;

constexpr const char* kNodes = "/api/v1/nodes";

std::string without_worker() {
    auto nodes = sample_json("nodes-ready.json");
    nodes["items"].erase(1);
    return nodes.dump();
}

TEST(NodesReady, PassesAtOnceWhenEveryNodeIsReady) {
    Bench bench;
    bench.cluster.always(kNodes, body(sample("nodes-ready.json")));
    const auto verdict = bench.run("nodes-ready");
    EXPECT_EQ(verdict.outcome, Outcome::passed);
    EXPECT_EQ(verdict.id, "nodes-ready");
    EXPECT_EQ(verdict.summary, "all 2 nodes are Ready");
    EXPECT_EQ(verdict.took, Duration::zero());
    EXPECT_EQ(bench.cluster.waits, 0);
}

TEST(NodesReady, WaitsForANodeToJoinAndBecomeReady) {
    Bench bench;
    bench.cluster.answers[kNodes] = {unreachable("connection refused"), body(without_worker()),
                                     body(sample("nodes-worker-not-ready.json")), body(sample("nodes-ready.json"))};
    const auto verdict = bench.run("nodes-ready");
    EXPECT_EQ(verdict.outcome, Outcome::passed);
    ASSERT_EQ(bench.seen.size(), 4U);
    EXPECT_EQ(bench.seen[0], "the API server does not answer yet (connection refused)");
    EXPECT_EQ(bench.seen[1], "node worker has not joined");
    EXPECT_THAT(bench.seen[2], HasSubstr("node worker is NotReady (container runtime network not ready"));
    EXPECT_EQ(bench.cluster.waits, 2) << "a list that was seen is watched, not polled";
}

TEST(NodesReady, FailsAtItsDeadlineWithWhatItSawLast) {
    Bench bench;
    bench.cluster.always(kNodes, body(sample("nodes-worker-not-ready.json")));
    const auto verdict = bench.run("nodes-ready", {{"timeout", "60s"}});
    EXPECT_EQ(verdict.outcome, Outcome::failed);
    EXPECT_THAT(verdict.summary, HasSubstr("not within"));
    EXPECT_THAT(verdict.last_seen, HasSubstr("No CNI configuration file"));
    EXPECT_GE(verdict.took, seconds{60});
    EXPECT_LT(verdict.took, seconds{61});
}

TEST(NodesReady, GivesSlowHostsMoreTime) {
    Bench bench;
    bench.settings.host_factor = 3.0;
    bench.cluster.always(kNodes, body(sample("nodes-worker-not-ready.json")));
    EXPECT_GE(bench.run("nodes-ready", {{"timeout", "60s"}}).took, seconds{180});
}

TEST(NodesReady, NeverShortensTheDeadlineOnQuickHosts) {
    Bench bench;
    bench.settings.host_factor = 0.1;
    bench.cluster.always(kNodes, body(sample("nodes-worker-not-ready.json")));
    EXPECT_GE(bench.run("nodes-ready", {{"timeout", "60s"}}).took, seconds{60});
}

TEST(NodesReady, IsAnErrorWhenTheServerNeverAnswers) {
    Bench bench;
    bench.cluster.always(kNodes, unreachable("connection reset"));
    const auto verdict = bench.run("nodes-ready", {{"timeout", "30s"}});
    EXPECT_EQ(verdict.outcome, Outcome::error);
    EXPECT_THAT(verdict.summary, HasSubstr("connection reset"));
}

TEST(NodesReady, FailsWhenTheServerAnsweredOnceAndThenVanished) {
    Bench bench;
    bench.cluster.answers[kNodes] = {body(without_worker()), unreachable("connection refused")};
    const auto verdict = bench.run("nodes-ready", {{"timeout", "30s"}});
    EXPECT_EQ(verdict.outcome, Outcome::failed);
    EXPECT_THAT(verdict.last_seen, HasSubstr("connection refused"));
}

TEST(NodesReady, SaysWhatTheServerObjectsTo) {
    Bench bench;
    bench.cluster.always(kNodes, status(403, "nodes is forbidden"));
    const auto verdict = bench.run("nodes-ready", {{"timeout", "30s"}});
    EXPECT_EQ(verdict.outcome, Outcome::failed);
    EXPECT_THAT(verdict.last_seen, HasSubstr("403 nodes is forbidden"));
}

TEST(NodesReady, WaitsOutAnAnswerThatIsNotJson) {
    Bench bench;
    bench.cluster.answers[kNodes] = {body("<html>"), body(sample("nodes-ready.json"))};
    EXPECT_EQ(bench.run("nodes-ready").outcome, Outcome::passed);
}

TEST(NodesReady, PollsWithPausesWhenChangesCannotBeWatched) {
    Bench bench;
    bench.cluster.watchable = false;
    bench.cluster.always(kNodes, body(sample("nodes-worker-not-ready.json")));
    (void)bench.run("nodes-ready", {{"timeout", "60s"}});
    EXPECT_LE(bench.cluster.got.size(), 33U);
    EXPECT_GE(bench.cluster.got.size(), 20U);
}

TEST(NodesReady, StopsAtOnceWhenTheUserAsks) {
    Bench bench;
    bench.cluster.always(kNodes, body(sample("nodes-worker-not-ready.json")));
    bench.cluster.on_wait = [&] { bench.stop.request_stop(); };
    try {
        (void)bench.run("nodes-ready");
        FAIL() << "not cancelled";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::cancelled);
    }
    EXPECT_EQ(bench.cluster.waits, 1);
}

TEST(ContainerRuntime, PassesWhenEveryNodeHasTheScenariosVersion) {
    Bench bench;
    bench.cluster.always(kNodes, body(sample("nodes-ready.json")));
    const auto verdict = bench.run("container-runtime");
    EXPECT_EQ(verdict.outcome, Outcome::passed);
    EXPECT_EQ(verdict.summary, "all 2 nodes have container runtime cri-o://1.36.3");
}

TEST(ContainerRuntime, FailsAtOnceAndNamesTheNodeOfAnotherRuntime) {
    Bench bench;
    bench.cluster.always(kNodes, body(sample("nodes-worker-containerd.json")));
    const auto verdict = bench.run("container-runtime", {{"equals", "cri-o://1.36.3"}});
    EXPECT_EQ(verdict.outcome, Outcome::failed);
    EXPECT_EQ(verdict.summary, "node worker has container runtime containerd://1.7.27, not cri-o://1.36.3");
    EXPECT_EQ(verdict.took, Duration::zero());
}

TEST(ContainerRuntime, NamesEveryNodeThatDiffers) {
    Bench bench;
    bench.cluster.always(kNodes, body(sample("nodes-ready.json")));
    const auto verdict = bench.run("container-runtime", {{"equals", "cri-o://1.35.0"}});
    EXPECT_EQ(verdict.outcome, Outcome::failed);
    EXPECT_THAT(verdict.summary, HasSubstr("node master has"));
    EXPECT_THAT(verdict.summary, HasSubstr("node worker has"));
}

TEST(ContainerRuntime, MatchesTheWholeOfItByARegularExpression) {
    Bench bench;
    bench.cluster.always(kNodes, body(sample("nodes-ready.json")));
    EXPECT_EQ(bench.run("container-runtime", {{"matches", "cri-o://1\\.36\\.\\d+"}}).outcome, Outcome::passed);
    EXPECT_EQ(bench.run("container-runtime", {{"matches", "cri-o"}}).outcome, Outcome::failed);
}

TEST(ContainerRuntime, WaitsForANodeThatHasNotReportedItYet) {
    Bench bench;
    auto early = sample_json("nodes-ready.json");
    early["items"][1]["status"]["nodeInfo"]["containerRuntimeVersion"] = "cri-o://Unknown";
    bench.cluster.answers[kNodes] = {body(early.dump()), body(sample("nodes-ready.json"))};
    EXPECT_EQ(bench.run("container-runtime").outcome, Outcome::passed);
    EXPECT_EQ(bench.seen.front(), "node worker has not reported its container runtime");
}

TEST(ContainerRuntime, IsAUsageErrorWhenNothingSaysWhatIsRight) {
    Bench bench;
    bench.settings.versions.clear();
    EXPECT_THROW((void)bench.run("container-runtime"), Error);
}

TEST(NodeVersions, PassesWithOrWithoutTheLetterV) {
    Bench bench;
    bench.cluster.always(kNodes, body(sample("nodes-ready.json")));
    EXPECT_EQ(bench.run("node-versions").outcome, Outcome::passed);
    EXPECT_EQ(bench.run("node-versions", {{"equals", "1.36.3"}}).outcome, Outcome::passed);
    EXPECT_EQ(bench.run("node-versions", {{"equals", "v1.36.3"}}).outcome, Outcome::passed);
}

TEST(NodeVersions, MayBeOfOneNode) {
    Bench bench;
    auto nodes = sample_json("nodes-ready.json");
    nodes["items"][1]["status"]["nodeInfo"]["kubeletVersion"] = "v1.35.6";
    bench.cluster.always(kNodes, body(nodes.dump()));
    const auto behind = bench.run("node-versions", {{"node", "worker"}, {"equals", "1.35.6"}});
    EXPECT_EQ(behind.outcome, Outcome::passed);
    EXPECT_EQ(behind.summary, "node worker has kubelet v1.35.6");
    EXPECT_EQ(behind.id, "node-versions worker");
    EXPECT_EQ(bench.run("node-versions", {{"node", "master"}}).outcome, Outcome::passed);
    EXPECT_EQ(bench.run("node-versions", {{"node", "worker"}}).outcome, Outcome::failed);
    const auto nobody = bench.run("node-versions", {{"node", "wroker"}});
    EXPECT_EQ(nobody.outcome, Outcome::failed);
    EXPECT_EQ(nobody.summary, "the scenario has no node wroker");
}

TEST(NodeVersions, WaitsForItsNodeAlone) {
    Bench bench;
    bench.cluster.answers[kNodes] = {body(without_worker()), body(sample("nodes-ready.json"))};
    EXPECT_EQ(bench.run("node-versions", {{"node", "worker"}}).outcome, Outcome::passed);
    EXPECT_EQ(bench.seen.front(), "node worker has not joined");
    bench.cluster.answers[kNodes] = {body(without_worker())};
    EXPECT_EQ(bench.run("node-versions", {{"node", "master"}}).outcome, Outcome::passed);
}

TEST(NodeVersions, NamesTheNodeOfAnotherVersion) {
    Bench bench;
    auto nodes = sample_json("nodes-ready.json");
    nodes["items"][1]["status"]["nodeInfo"]["kubeletVersion"] = "v1.35.6";
    bench.cluster.always(kNodes, body(nodes.dump()));
    const auto verdict = bench.run("node-versions");
    EXPECT_EQ(verdict.outcome, Outcome::failed);
    EXPECT_EQ(verdict.summary, "node worker has kubelet v1.35.6, not v1.36.3");
}

}  // namespace
}  // namespace crib::check
