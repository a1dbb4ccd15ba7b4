#include "harness/check/detail/pod_trouble.h"

#include "harness/check/api_objects.h"
#include "tests/unit/check/samples.h"

#include <gmock/gmock.h>

namespace crib::check {
namespace {

using nlohmann::json;
using std::chrono::seconds;
using test::body;
using test::unreachable;
using testing::HasSubstr;

constexpr const char* kAll = "/api/v1/pods";
constexpr const char* kSystem = "/api/v1/namespaces/kube-system/pods";

// The pod by that name in a list.
json& pod_of(json& list, const std::string& name) {
    for (auto& pod : list["items"]) {
        if (pod["metadata"]["name"] == name) return pod;
    }
    throw std::runtime_error("no pod " + name);
}

json only(const json& list, const std::string& name_space) {
    auto out = list;
    out["items"] = json::array();
    for (const auto& pod : list["items"]) {
        if (pod["metadata"]["namespace"] == name_space) out["items"].push_back(pod);
    }
    return out;
}

// nginx alone, its container waiting.
std::string nginx_waiting(const std::string& reason, const std::string& message, int restarts = 0) {
    auto pod = sample_json("pod-nginx.json");
    pod["status"]["phase"] = "Pending";
    auto& container = pod["status"]["containerStatuses"][0];
    container["ready"] = false;
    container["restartCount"] = restarts;
    container["state"] = {{"waiting", {{"reason", reason}, {"message", message}}}};
    return json{{"metadata", {{"resourceVersion", "7"}}}, {"items", json::array({pod})}}.dump();
}

Verdict wait_on(Bench& bench, const std::string& reason, const std::string& message, int restarts = 0) {
    bench.cluster.always("/api/v1/namespaces/default/pods", body(nginx_waiting(reason, message, restarts)));
    bench.cluster.always(kAll, body(nginx_waiting(reason, message, restarts)));
    return bench.run("pods-running", {{"namespace", "default"}, {"timeout", "120s"}});
}

TEST(PodsRunning, PassesWhenAllPodsOfTheNamespaceAreReady) {
    Bench bench;
    bench.cluster.always(kSystem, body(only(sample_json("pods-running.json"), "kube-system").dump()));
    const auto verdict = bench.run("pods-running", {{"namespace", "kube-system"}});
    EXPECT_EQ(verdict.outcome, Outcome::passed);
    EXPECT_EQ(verdict.summary, "all 8 pods in kube-system are running");
}

TEST(PodsRunning, AsksForTheLabelsItIsGiven) {
    Bench bench;
    bench.cluster.always("/api/v1/namespaces/default/pods?labelSelector=run%3Dnginx",
                         body(only(sample_json("pods-running.json"), "default").dump()));
    EXPECT_EQ(bench.run("pods-running", {{"namespace", "default"}, {"labels", "run=nginx"}}).outcome, Outcome::passed);
}

TEST(PodsRunning, WaitsForPodsThatDoNotExistYet) {
    Bench bench;
    bench.cluster.answers[kAll] = {body(R"({"items":[],"metadata":{"resourceVersion":"1"}})"),
                                   body(sample("pods-running.json"))};
    EXPECT_EQ(bench.run("pods-running").outcome, Outcome::passed);
    EXPECT_EQ(bench.seen.front(), "0 pods of at least 1");
}

TEST(PodsRunning, CountsAPodThatHasCompletedAsGood) {
    Bench bench;
    auto pods = sample_json("pods-running.json");
    auto& pod = pod_of(pods, "nginx");
    pod["status"]["phase"] = "Succeeded";
    pod["status"]["containerStatuses"][0]["ready"] = false;
    bench.cluster.always(kAll, body(pods.dump()));
    EXPECT_EQ(bench.run("pods-running").outcome, Outcome::passed);
}

TEST(PodsRunning, LeavesOutThePodsOfChecks) {
    Bench bench;
    auto pods = sample_json("pods-running.json");
    auto& pod = pod_of(pods, "nginx");
    pod["metadata"]["labels"] = {{"crib.test/check", "pod-to-pod"}};
    pod["status"]["phase"] = "Pending";
    bench.cluster.always(kAll, body(pods.dump()));
    EXPECT_EQ(bench.run("pods-running").outcome, Outcome::passed);
}

TEST(PodsRunning, SaysOfEachPodWhatItWaitsFor) {
    Bench bench;
    bench.settings.registry = true;
    bench.cluster.always(kAll, body(sample("pods-starting.json")));
    const auto verdict = bench.run("pods-running", {{"timeout", "30s"}, {"restarts", "10"}});
    EXPECT_EQ(verdict.outcome, Outcome::failed);
    EXPECT_THAT(verdict.last_seen, HasSubstr("pod default/nginx has no node yet (0/2 nodes are available"));
    EXPECT_THAT(verdict.last_seen, HasSubstr("pod default/pull: container pull waits: ImagePullBackOff (Back-off"));
    EXPECT_THAT(verdict.last_seen, HasSubstr("pod default/old is being deleted"));
    EXPECT_THAT(verdict.last_seen, HasSubstr("pod kube-flannel/kube-flannel-ds-7xk2p is being created on node master"));
    EXPECT_THAT(verdict.last_seen, HasSubstr("and 2 more"));
    EXPECT_THAT(verdict.summary, HasSubstr("not within"));
}

TEST(PodsRunning, GivesUpEarlyOnAnImageThatNobodyCanDeliver) {
    Bench bench;
    const auto verdict = wait_on(bench, "ImagePullBackOff", "Back-off pulling image");
    EXPECT_EQ(verdict.outcome, Outcome::failed);
    EXPECT_EQ(verdict.summary, "pod default/nginx: container nginx waits: ImagePullBackOff (Back-off pulling image)");
    EXPECT_LT(verdict.took, seconds{30});
}

TEST(PodsRunning, GivesUpAlthoughTheTwoNamesOfAFailedPullTakeTurns) {
    Bench bench;
    auto& answers = bench.cluster.answers["/api/v1/namespaces/default/pods"];
    for (int i = 0; i < 10; ++i) {
        answers.push_back(body(nginx_waiting("ErrImagePull", "no such host")));
        answers.push_back(body(nginx_waiting("ImagePullBackOff", "Back-off")));
    }
    EXPECT_LT(bench.run("pods-running", {{"namespace", "default"}}).took, seconds{30});
}

TEST(PodsRunning, KeepsWaitingForAnImageWhenThereIsARegistry) {
    Bench bench;
    bench.settings.registry = true;
    EXPECT_GE(wait_on(bench, "ImagePullBackOff", "Back-off").took, seconds{120});
}

TEST(PodsRunning, GivesUpEarlyOnOtherStatesThatCannotRecover) {
    for (const auto* reason :
         {"InvalidImageName", "ImageInspectError", "CreateContainerConfigError", "ErrImageNeverPull"}) {
        Bench bench;
        EXPECT_LT(wait_on(bench, reason, "because").took, seconds{30}) << reason;
    }
}

TEST(PodsRunning, WaitsOutAStateThatOnlyLooksHopelessForAMoment) {
    Bench bench;
    bench.cluster.answers["/api/v1/namespaces/default/pods"] = {
        body(nginx_waiting("CreateContainerConfigError", "configmap not found")),
        body(only(sample_json("pods-running.json"), "default").dump())};
    EXPECT_EQ(bench.run("pods-running", {{"namespace", "default"}}).outcome, Outcome::passed);
}

TEST(PodsRunning, WaitsWhileKubeletsCachesFill) {
    Bench bench;
    const auto verdict = wait_on(bench, "CreateContainerConfigError", "failed to sync configmap cache: timed out");
    EXPECT_GE(verdict.took, seconds{120});
}

TEST(PodsRunning, GivesUpOnACrashLoopOnlyAfterSeveralRestarts) {
    Bench few;
    EXPECT_GE(wait_on(few, "CrashLoopBackOff", "back-off", 2).took, seconds{120});
    Bench many;
    const auto verdict = wait_on(many, "CrashLoopBackOff", "back-off", 6);
    EXPECT_LT(verdict.took, seconds{30});
    EXPECT_THAT(verdict.summary, HasSubstr("CrashLoopBackOff after 6 restarts"));
}

// nginx in a crash loop, in a cluster whose API server has been ready since eight o'clock.
Verdict wait_on_crash(const std::string& began) {
    Bench bench;
    auto pods = json::parse(nginx_waiting("CrashLoopBackOff", "back-off", 6));
    pods["items"][0]["status"]["containerStatuses"][0]["lastState"] = {
        {"terminated", {{"exitCode", 1}, {"startedAt", began}, {"finishedAt", began}}}};
    auto all = sample_json("pods-running.json");
    for (auto& pod : all["items"]) {
        for (auto& condition : pod["status"]["conditions"]) condition["lastTransitionTime"] = "2027-01-15T08:00:00Z";
        if (pod["metadata"]["name"] == "nginx") pod = pods["items"][0];
    }
    bench.cluster.always("/api/v1/namespaces/default/pods", body(pods.dump()));
    bench.cluster.always(kAll, body(all.dump()));
    return bench.run("pods-running", {{"namespace", "default"}, {"timeout", "120s"}});
}

TEST(PodsRunning, GivesUpOnACrashLoopOnlyWhenAllThatThePodNeedsHadBeenThere) {
    EXPECT_GE(wait_on_crash("2027-01-15T07:59:30Z").took, seconds{120}) << "the API server was not ready then";
    EXPECT_GE(wait_on_crash("2027-01-15T08:00:20Z").took, seconds{120}) << "it had only just become ready";
    EXPECT_LT(wait_on_crash("2027-01-15T08:01:00Z").took, seconds{30});
}

TEST(PodsRunning, GivesUpOnAContainerThatCannotBeMadeWhenThatHasLasted) {
    Bench bench;
    const auto verdict = wait_on(bench, "CreateContainerError", "the runtime refuses");
    EXPECT_GE(verdict.took, seconds{60});
    EXPECT_LT(verdict.took, seconds{80});
    Bench busy;
    EXPECT_GE(wait_on(busy, "CreateContainerError", "rpc error: code = DeadlineExceeded desc = late").took,
              seconds{120});
}

TEST(PodsRunning, WaitsForARuntimeThatRestarts) {
    for (const auto* reason : {"ErrImagePull", "ImageInspectError", "CreateContainerConfigError"}) {
        Bench bench;
        EXPECT_GE(wait_on(bench, reason, "rpc error: code = Unavailable desc = connection error").took, seconds{120})
            << reason;
    }
}

TEST(PodsRunning, GivesUpOnAFailedPodThatNobodyReplaces) {
    Bench bench;
    auto pods = only(sample_json("pods-running.json"), "default");
    pods["items"][0]["status"]["phase"] = "Failed";
    pods["items"][0]["status"]["message"] = "The node was low on resource: memory.";
    bench.cluster.always("/api/v1/namespaces/default/pods", body(pods.dump()));
    const auto verdict = bench.run("pods-running", {{"namespace", "default"}});
    EXPECT_LT(verdict.took, seconds{30});
    EXPECT_THAT(verdict.summary, HasSubstr("low on resource"));
}

TEST(PodsOnEveryNode, PassesWhenEachNodeRunsOne) {
    Bench bench;
    bench.cluster.always("/api/v1/namespaces/kube-flannel/pods?labelSelector=app%3Dflannel",
                         body(only(sample_json("pods-running.json"), "kube-flannel").dump()));
    const auto verdict = bench.run("pods-on-every-node", {{"namespace", "kube-flannel"}, {"labels", "app=flannel"}});
    EXPECT_EQ(verdict.outcome, Outcome::passed);
    EXPECT_EQ(verdict.summary, "pods in kube-flannel with app=flannel run on all 2 nodes");
}

TEST(PodsOnEveryNode, NamesTheNodeThatHasNone) {
    Bench bench;
    bench.cluster.node_names.push_back("worker2");
    bench.cluster.always("/api/v1/namespaces/kube-flannel/pods?labelSelector=app%3Dflannel",
                         body(only(sample_json("pods-running.json"), "kube-flannel").dump()));
    const auto verdict = bench.run("pods-on-every-node", {{"namespace", "kube-flannel"}, {"labels", "app=flannel"}});
    EXPECT_EQ(verdict.outcome, Outcome::failed);
    EXPECT_EQ(verdict.last_seen, "node worker2 has none of the pods in kube-flannel with app=flannel");
}

TEST(PodsOnEveryNode, SaysWhyThePodOfANodeDoesNotRun) {
    Bench bench;
    auto pods = only(sample_json("pods-running.json"), "kube-flannel");
    auto& container = pods["items"][1]["status"]["containerStatuses"][0];
    container["ready"] = false;
    container["restartCount"] = 7;
    container["state"] = {{"waiting", {{"reason", "CrashLoopBackOff"}}}};
    bench.cluster.always("/api/v1/namespaces/kube-flannel/pods?labelSelector=app%3Dflannel", body(pods.dump()));
    bench.cluster.always(kAll, body(sample("pods-running.json")));
    const auto verdict = bench.run("pods-on-every-node", {{"namespace", "kube-flannel"}, {"labels", "app=flannel"}});
    EXPECT_THAT(verdict.summary, HasSubstr("CrashLoopBackOff after 7 restarts"));
    EXPECT_THAT(verdict.summary, HasSubstr("[node worker]"));
    EXPECT_LT(verdict.took, seconds{30});
}

TEST(PodsOnEveryNode, LearnsTheLabelsFromADaemonSet) {
    Bench bench;
    auto proxies = only(sample_json("pods-running.json"), "kube-system");
    bench.cluster.always("/apis/apps/v1/namespaces/kube-system/daemonsets/kube-proxy",
                         body(sample("daemonset-kube-proxy.json")));
    bench.cluster.always("/api/v1/namespaces/kube-system/pods?labelSelector=k8s-app%3Dkube-proxy",
                         body(proxies.dump()));
    const auto verdict = bench.run("pods-on-every-node", {{"namespace", "kube-system"}, {"daemonset", "kube-proxy"}});
    EXPECT_EQ(verdict.outcome, Outcome::passed);
}

std::string with_restarts(const std::string& pod, int count) {
    auto pods = sample_json("pods-running.json");
    pod_of(pods, pod)["status"]["containerStatuses"][0]["restartCount"] = count;
    return pods.dump();
}

TEST(NoRestarts, CountsFromTheMomentWhenTheClusterWasGood) {
    Bench bench;
    bench.cluster.always(kAll, body(sample("pods-running.json")));
    Checker checker(bench.cluster, bench.settings);
    ASSERT_TRUE(bench.run(checker, "pods-running").passed());
    bench.clock.advance(seconds{42});
    const auto verdict = bench.run(checker, "no-restarts");
    EXPECT_EQ(verdict.outcome, Outcome::passed) << "the restart of kube-controller-manager was before";
    EXPECT_EQ(verdict.took, Duration::zero()) << "42 seconds are long enough";
    EXPECT_THAT(verdict.summary, HasSubstr("42"));
}

TEST(NoRestarts, FailsAtOnceAndNamesTheContainer) {
    Bench bench;
    bench.cluster.always(kAll, body(sample("pods-running.json")));
    Checker checker(bench.cluster, bench.settings);
    ASSERT_TRUE(bench.run(checker, "pods-running").passed());
    bench.cluster.always(kAll, body(with_restarts("kube-controller-manager-master", 2)));
    const auto verdict = bench.run(checker, "no-restarts");
    EXPECT_EQ(verdict.outcome, Outcome::failed);
    EXPECT_EQ(
        verdict.summary,
        "pod kube-system/kube-controller-manager-master: container kube-controller-manager restarted once since the "
        "cluster was good (last: Error, exit code 1)");
}

TEST(NoRestarts, AllowsAsManyAsItIsTold) {
    Bench bench;
    bench.cluster.answers[kAll] = {body(sample("pods-running.json")), body(with_restarts("etcd-master", 1))};
    EXPECT_EQ(bench.run("no-restarts", {{"allow", "1"}}).outcome, Outcome::passed);
}

TEST(NoRestarts, WatchesForAWhileWhenNothingWasCalledGoodBefore) {
    Bench bench;
    bench.cluster.always(kAll, body(sample("pods-running.json")));
    const auto verdict = bench.run("no-restarts", {{"for", "20s"}});
    EXPECT_EQ(verdict.outcome, Outcome::passed);
    EXPECT_GE(verdict.took, seconds{20});
}

TEST(NoRestarts, CountsARestartOfAPodThatIsNew) {
    Bench bench;
    auto before = sample_json("pods-running.json");
    before["items"].erase(0);
    bench.cluster.answers[kAll] = {body(before.dump()), body(with_restarts("nginx", 1))};
    EXPECT_EQ(bench.run("no-restarts").outcome, Outcome::failed);
}

TEST(NoRestarts, LooksAtOneNamespaceWhenAskedTo) {
    Bench bench;
    bench.cluster.answers[kAll] = {body(sample("pods-running.json")), body(with_restarts("etcd-master", 1))};
    EXPECT_EQ(bench.run("no-restarts", {{"namespace", "default"}}).outcome, Outcome::passed);
}

}  // namespace
}  // namespace crib::check
