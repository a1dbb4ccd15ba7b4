#include "tests/unit/check/samples.h"

#include <gmock/gmock.h>

namespace crib::check {
namespace {

using test::body;
using test::status;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

constexpr const char* kNginx = "/api/v1/namespaces/default/pods/nginx";
constexpr const char* kOwnPods = "/api/v1/namespaces/default/pods?labelSelector=crib.test%2Fcheck%3Dshared-pid";

struct Sharing : Bench {
    Sharing() {
        cluster.always(kNginx, body(sample("pod-nginx.json")));
        cluster.always(kOwnPods, body(own_pods().dump()));
        answer("pause");
    }
    // The check's own pod as it is when it runs, made of nginx' own.
    static nlohmann::json own_pods() {
        auto pod = sample_json("pod-nginx.json");
        pod["metadata"]["name"] = "crib-check-shared-pid-worker";
        pod["metadata"]["labels"] = {{"crib.test/check", "shared-pid"}};
        return {{"metadata", {{"resourceVersion", "1"}}}, {"items", {pod}}};
    }
    void answer(const std::string& name) {
        cluster.on_run = [name](const std::string&, const std::string&) {
            return NodeRun{true, "exited with 0", name + "\n", ""};
        };
    }
};

TEST(SharedPid, MakesAPodThatSharesItsPidNamespaceBesideTheScenariosOwn) {
    Sharing bench;
    const auto verdict = bench.run("shared-pid");
    EXPECT_EQ(verdict.outcome, Outcome::passed) << verdict.summary;
    EXPECT_EQ(
        verdict.summary,
        "PID 1 of pod default/crib-check-shared-pid-worker on node worker is pause, and its containers share that "
        "PID namespace");
    ASSERT_THAT(bench.cluster.created, SizeIs(1));
    const auto pod = nlohmann::json::parse(bench.cluster.created[0]);
    EXPECT_EQ(pod["spec"]["shareProcessNamespace"], true);
    EXPECT_EQ(pod["spec"]["nodeName"], "worker");
    EXPECT_EQ(pod["spec"]["containers"][0]["image"], "docker.io/library/nginx:latest");
    ASSERT_THAT(bench.cluster.scripts, SizeIs(1));
    EXPECT_THAT(bench.cluster.scripts[0], StartsWith("worker: "));
    EXPECT_THAT(bench.cluster.scripts[0], HasSubstr("/proc/1/comm"));
    EXPECT_THAT(bench.cluster.removed,
                ElementsAre("/api/v1/namespaces/default/pods/crib-check-shared-pid-worker?gracePeriodSeconds=0"));
}

TEST(SharedPid, MakesItsPodBeforeItsTurnComesOnTheNodeItIsTold) {
    Sharing bench;
    Checker checker(bench.cluster, bench.settings);
    checker.prepare({{"shared-pid", {{"node", "master"}}}}, bench.context());
    ASSERT_THAT(bench.cluster.created, SizeIs(1));
    const auto pod = nlohmann::json::parse(bench.cluster.created[0]);
    EXPECT_EQ(pod["spec"]["nodeName"], "master");
    EXPECT_EQ(pod["metadata"]["name"], "crib-check-shared-pid-master");
    EXPECT_THAT(bench.cluster.scripts, IsEmpty());
    checker.clean_up(bench.context());
    EXPECT_THAT(bench.cluster.removed, SizeIs(1));
}

TEST(SharedPid, WaitsUntilThePodRuns) {
    Sharing bench;
    auto early = Sharing::own_pods();
    early["items"][0]["status"]["phase"] = "Pending";
    early["items"][0]["status"]["containerStatuses"][0]["ready"] = false;
    bench.cluster.answers[kNginx] = {status(404, "pods \"nginx\" not found"), body(sample("pod-nginx.json"))};
    bench.cluster.answers[kOwnPods] = {body(R"({"items": []})"), body(early.dump()), body(Sharing::own_pods().dump())};
    EXPECT_TRUE(bench.run("shared-pid").passed());
    EXPECT_THAT(bench.seen, SizeIs(4));
    EXPECT_THAT(bench.cluster.created, SizeIs(1));
}

// As with a pause image whose program ends at once: the pod's sandbox is made again and again.
TEST(SharedPid, FailsWhenThePodNeverRuns) {
    Sharing bench;
    auto never = Sharing::own_pods();
    never["items"][0]["status"] = {
        {"phase", "Pending"},
        {"containerStatuses",
         {{{"name", "nginx"}, {"ready", false}, {"state", {{"waiting", {{"reason", "ContainerCreating"}}}}}}}}};
    bench.cluster.always(kOwnPods, body(never.dump()));
    const auto verdict = bench.run("shared-pid", {{"timeout", "20s"}});
    EXPECT_EQ(verdict.outcome, Outcome::failed);
    EXPECT_THAT(verdict.last_seen, HasSubstr("is being created on node worker"));
    EXPECT_THAT(bench.cluster.scripts, IsEmpty());
}

TEST(SharedPid, FailsAtOnceWhenTheContainerIsAloneInItsNamespace) {
    Sharing bench;
    bench.answer("nginx");
    const auto verdict = bench.run("shared-pid");
    EXPECT_EQ(verdict.outcome, Outcome::failed);
    EXPECT_EQ(verdict.took, Duration::zero());
    EXPECT_THAT(verdict.summary, HasSubstr("on node worker is nginx, not pause"));
}

TEST(SharedPid, TriesAgainWhenThePodCannotBeLookedInto) {
    Sharing bench;
    int tries = 0;
    bench.cluster.on_run = [&](const std::string&, const std::string&) {
        return ++tries == 1 ? NodeRun{false, "exited with 1", "", "container not found"}
                            : NodeRun{true, "exited with 0", "pause\n", ""};
    };
    EXPECT_TRUE(bench.run("shared-pid").passed());
    EXPECT_THAT(bench.seen[0], HasSubstr("container not found"));
}

TEST(SharedPid, IsToldFromItsLikeByTheNode) {
    EXPECT_EQ(check_id({"shared-pid", {}}), "shared-pid");
    EXPECT_EQ(check_id({"shared-pid", {{"node", "worker"}}}), "shared-pid worker");
}

}  // namespace
}  // namespace crib::check
