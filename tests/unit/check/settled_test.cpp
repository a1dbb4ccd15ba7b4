#include "harness/check/settled.h"

#include "harness/base/error.h"
#include "harness/check/detail/leaders.h"
#include "harness/check/detail/node_runtime.h"
#include "harness/check/detail/ranks.h"
#include "tests/unit/check/samples.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace crib::check {
namespace {

using nlohmann::json;
using std::chrono::minutes;
using std::chrono::seconds;
using test::body;
using test::status;
using test::unreachable;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* kNodes = "/api/v1/nodes";
constexpr const char* kPods = "/api/v1/pods";

// A pod of a small cluster; ids of containers are the pod's name.
json pod(const std::string& name, const std::string& owner, const std::string& node, json labels = json::object()) {
    json made = {
        {"metadata", {{"name", name}, {"namespace", "kube-system"}, {"uid", "uid-" + name}, {"labels", labels}}},
        {"spec", {{"nodeName", node}, {"containers", json::array({{{"name", "c"}}})}}},
        {"status",
         {{"phase", "Running"},
          {"conditions",
           json::array({{{"type", "Ready"}, {"status", "True"}, {"lastTransitionTime", "2027-01-15T08:00:00Z"}}})},
          {"containerStatuses", json::array({{{"name", "c"},
                                              {"ready", true},
                                              {"restartCount", 0},
                                              {"containerID", "cri-o://" + name},
                                              {"state", {{"running", json::object()}}}}})}}}};
    if (!owner.empty()) made["metadata"]["ownerReferences"] = json::array({{{"kind", owner}, {"name", "o"}}});
    return made;
}

json api_server() {
    return pod("kube-apiserver-master", "Node", "master", {{"component", "kube-apiserver"}});
}
json flannel() {
    return pod("flannel-w", "DaemonSet", "worker", {{"app", "flannel"}});
}

json controllers(const std::string& since) {
    auto made = pod("kube-controller-manager-master", "Node", "master", {{"component", "kube-controller-manager"}});
    made["status"]["containerStatuses"][0]["state"]["running"]["startedAt"] = since;
    return made;
}

std::string lease(const std::string& holder, const std::string& renewed) {
    return json{{"spec", {{"holderIdentity", holder}, {"renewTime", renewed}}}}.dump();
}

json not_ready(json one) {
    one["status"]["conditions"][0]["status"] = "False";
    one["status"]["containerStatuses"][0]["ready"] = false;
    return one;
}

// Its container waits out a back-off; it began and ended last at these times.
json crashing(json one, int restarts, const std::string& began) {
    one = not_ready(one);
    auto& container = one["status"]["containerStatuses"][0];
    container["restartCount"] = restarts;
    container["state"] = {{"waiting", {{"reason", "CrashLoopBackOff"}, {"message", "back-off 5m0s"}}}};
    container["lastState"] = {
        {"terminated", {{"exitCode", 1}, {"reason", "Error"}, {"startedAt", began}, {"finishedAt", began}}}};
    return one;
}

std::string list(const std::vector<json>& pods) {
    return json{{"metadata", {{"resourceVersion", "7"}}}, {"items", pods}}.dump();
}

std::vector<Pod> parsed(const std::vector<json>& pods) {
    return parse_pods(list(pods));
}

class Settled : public testing::Test {
protected:
    Bench bench;
    SettleGoal goal{{"master", "worker"}};

    void SetUp() override {
        bench.cluster.always(kNodes, body(sample("nodes-ready.json")));
        bench.cluster.always(kPods, body(list({api_server(), flannel()})));
    }

    Settlement wait(Duration limit = minutes{5}) {
        return settle(bench.cluster, bench.settings, goal, bench.context().with_timeout(limit),
                      [this](const std::string& line) { bench.seen.push_back(line); });
    }

    // What crictl prints on each node: these run.
    void running(const std::map<std::string, std::string>& ids) {
        bench.cluster.on_run = [ids](const std::string& node, const std::string& script) -> NodeRun {
            if (script.find("crictl ps --quiet") == std::string::npos) return {false, "exited with 127", "", "?"};
            return {true, "exited with 0", ids.at(node) + "\n\ncrib-exit 0\n", ""};
        };
    }
};

TEST_F(Settled, IsAtOnceWhereAllIsWell) {
    const auto settlement = wait();
    EXPECT_TRUE(settlement.settled());
    EXPECT_EQ(settlement.wait.waited, Duration::zero());
    EXPECT_THAT(settlement.pods, SizeIs(2));
    EXPECT_THAT(bench.cluster.scripts, IsEmpty()) << "nobody asks a node's runtime where nothing was ended";
}

TEST_F(Settled, WatchesAServerThatAnswersAndDoesNotAskItAllTheTime) {
    bench.cluster.always(kPods, body(list({api_server(), not_ready(flannel())})));
    bench.cluster.on_wait = [&] {
        if (bench.cluster.waits == 3) bench.cluster.always(kPods, body(list({api_server(), flannel()})));
    };
    EXPECT_TRUE(wait().settled());
    EXPECT_EQ(std::ranges::count(bench.cluster.got, kPods), 4);
}

TEST_F(Settled, NeedsThePodsOnlyWhenAskedFor) {
    bench.cluster.always(kPods, body(list({not_ready(flannel())})));
    EXPECT_FALSE(wait(seconds{10}).settled());
    goal.pods = false;
    EXPECT_TRUE(wait().settled());
}

TEST_F(Settled, WaitsForTheServerThenTheNodesThenThePodsInTheirOrder) {
    bench.cluster.answers[kNodes] = {unreachable("connection refused"),
                                     status(403, "User \"kubernetes-admin\" cannot list"),
                                     body(sample("nodes-worker-not-ready.json")), body(sample("nodes-ready.json"))};
    auto coredns = pod("coredns-1", "ReplicaSet", "worker");
    bench.cluster.answers[kPods] = {body(list({not_ready(api_server()), not_ready(flannel()), not_ready(coredns)})),
                                    body(list({api_server(), not_ready(flannel()), not_ready(coredns)})),
                                    body(list({api_server(), flannel(), not_ready(coredns)})),
                                    body(list({api_server(), flannel(), coredns}))};
    EXPECT_TRUE(wait().settled());
    ASSERT_THAT(bench.seen, SizeIs(7));
    EXPECT_THAT(bench.seen[0], HasSubstr("the API server does not answer yet"));
    EXPECT_THAT(bench.seen[1], HasSubstr("the API server is not ready yet"));
    EXPECT_THAT(bench.seen[2], HasSubstr("worker is not Ready"));
    EXPECT_THAT(bench.seen[3], HasSubstr("kube-apiserver-master"));
    EXPECT_THAT(bench.seen[4], HasSubstr("flannel-w"));
    EXPECT_THAT(bench.seen[5], HasSubstr("coredns-1"));
}

// A checkpoint was saved of such a cluster: whenever it was restored, its controllers did nothing for minutes.
TEST_F(Settled, NeedsAControllerManagerThatLeads) {
    const auto path = detail::lease_path("kube-controller-manager");
    bench.cluster.always(kPods, body(list({api_server(), flannel(), controllers("2027-01-15T08:00:29Z")})));
    bench.cluster.answers[path] = {body(lease("master_3ea7", "2027-01-15T08:00:17.611018Z")),
                                   unreachable("connection refused"), body(lease("", "2027-01-15T08:01:20.000000Z")),
                                   body(lease("master_5b01", "2027-01-15T08:01:29.000000Z"))};
    EXPECT_TRUE(wait().settled());
    EXPECT_THAT(bench.seen, ElementsAre("no kube-controller-manager leads yet: its lease is still that of the one on "
                                        "master that ended",
                                        HasSubstr("does not answer"),
                                        "no kube-controller-manager leads yet: nobody holds its lease",
                                        "the nodes are Ready and all 3 pods run"));
}

TEST_F(Settled, SaysHowLongItWaitedForLeadersAlone) {
    const auto path = detail::lease_path("kube-controller-manager");
    const auto pods = list({api_server(), controllers("2027-01-15T08:00:29Z")});
    bench.cluster.answers[kNodes] = {unreachable("connection refused"), unreachable("connection refused"),
                                     body(sample("nodes-ready.json"))};
    bench.cluster.always(kPods, body(pods));
    bench.cluster.answers[path] = {body(lease("", "")), body(lease("", "")), body(lease("", "")),
                                   body(lease("master_5b01", "2027-01-15T08:01:29.000000Z"))};
    const auto settlement = wait();
    EXPECT_TRUE(settlement.settled());
    EXPECT_GT(settlement.for_leaders, Duration::zero());
    EXPECT_LT(settlement.for_leaders, settlement.wait.waited);
}

TEST_F(Settled, AsksForNoLeaderOfThoseWhoWereToldNotToElect) {
    bench.cluster.always(kPods, body(list({api_server(), controllers("2027-01-15T08:00:29Z")})));
    const auto settlement = wait();
    EXPECT_TRUE(settlement.settled());
    EXPECT_EQ(settlement.wait.waited, Duration::zero());
}

TEST_F(Settled, WaitsForTheLeaseOfThoseWhoWereToldToElect) {
    auto made = controllers("2027-01-15T08:00:29Z");
    made["spec"]["containers"][0]["command"] = {"kube-controller-manager", "--leader-elect=true"};
    bench.cluster.always(kPods, body(list({api_server(), made})));
    bench.cluster.answers[detail::lease_path("kube-controller-manager")] = {
        status(404, "not found"), body(lease("master_5b01", "2027-01-15T08:01:29.000000Z"))};
    EXPECT_TRUE(wait().settled());
    EXPECT_THAT(bench.seen, ElementsAre("no kube-controller-manager leads yet: nobody has made its lease",
                                        "the nodes are Ready and all 2 pods run"));
}

TEST(Leaders, AreTold) {
    const auto told = [](const std::vector<std::string>& command) {
        auto made = controllers("2027-01-15T08:00:29Z");
        made["spec"]["containers"][0]["command"] = command;
        return detail::is_told_to_elect(parsed({made}), "kube-controller-manager");
    };
    EXPECT_TRUE(told({"kube-controller-manager", "--leader-elect=true"}));
    EXPECT_FALSE(told({"kube-controller-manager", "--leader-elect=false"}));
    EXPECT_FALSE(told({"kube-controller-manager", "--leader-elect=true", "--config=/etc/x"})) << "the file may differ";
    EXPECT_FALSE(told({}));
}

TEST(Leaders, AreThoseWhoseContainerWasThereWhenTheyRenewedLast) {
    const auto pods = parsed({controllers("2027-01-15T08:00:29Z")});
    const auto leads = [&](const std::string& holder, const std::string& renewed) {
        detail::LeaseSeen seen;
        return !detail::without_leader("kube-controller-manager", parse_lease(lease(holder, renewed)), pods, seen);
    };
    EXPECT_FALSE(leads("master_3ea7", "2027-01-15T08:00:28.999999Z"));
    EXPECT_FALSE(leads("master_3ea7", "2027-01-15T08:00:29.500000Z")) << "it may have begun after that";
    EXPECT_TRUE(leads("master_3ea7", "2027-01-15T08:00:30.000000Z"));
    EXPECT_TRUE(leads("another-host_3ea7", "2027-01-15T08:00:00.000000Z")) << "nobody here can say";
    EXPECT_TRUE(leads("master_3ea7", "")) << "nobody knows when";
}

// A cluster that was restored on a host whose clock is behind would else not have settled for as long as that.
TEST(Leaders, AreThoseWhoRenewWhateverTheTimeIs) {
    detail::LeaseSeen seen;
    const auto leads = [&](const std::string& since, const std::string& renewed) {
        return !detail::without_leader("kube-controller-manager", parse_lease(lease("master_3ea7", renewed)),
                                       parsed({controllers(since)}), seen);
    };
    EXPECT_FALSE(leads("2027-01-15T09:00:00Z", "2027-01-15T08:00:01.000000Z"));
    EXPECT_FALSE(leads("2027-01-15T09:00:00Z", "2027-01-15T08:00:01.000000Z"));
    EXPECT_FALSE(leads("2027-01-15T09:00:09Z", "2027-01-15T08:00:03.000000Z")) << "by the one before it, perhaps";
    EXPECT_TRUE(leads("2027-01-15T09:00:09Z", "2027-01-15T08:00:05.000000Z"));
}

TEST_F(Settled, DoesNotBelieveWhatTheServerSaysOfContainersThatAreGone) {
    goal.restarted = true;
    int looks = 0;
    bench.cluster.on_run = [&](const std::string& node, const std::string&) -> NodeRun {
        const std::string ids = node == "master" ? "kube-apiserver-master" : ++looks < 4 ? "" : "flannel-w";
        return {true, "exited with 0", ids + "\n\ncrib-exit 0\n", ""};
    };
    EXPECT_TRUE(wait().settled());
    EXPECT_THAT(bench.seen.front(), HasSubstr("still speaks of a container of pod kube-system/flannel-w that ended"));
}

TEST_F(Settled, MustStaySoForSomeSecondsAfterContainersWereEnded) {
    goal.restarted = true;
    running({{"master", "kube-apiserver-master"}, {"worker", "flannel-w"}});
    const auto settlement = wait();
    EXPECT_TRUE(settlement.settled());
    EXPECT_GE(settlement.wait.waited, seconds{5});
}

// flannel ended five times with a TLS handshake timeout before the API server answered: number 21 of a test of crib.
TEST_F(Settled, EndsTheBackOffOfAPodThatCouldNotRunBefore) {
    goal.restarted = true;
    running({{"master", "kube-apiserver-master"}, {"worker", "flannel-w"}});
    bench.cluster.always(kPods, body(list({api_server(), crashing(flannel(), 5, "2027-01-15T07:59:10Z")})));
    bench.cluster.on_remove = [&](const std::string&, const Context&) {
        bench.cluster.always(kPods, body(list({api_server(), flannel()})));
        return body("{}");
    };
    const auto settlement = wait();
    EXPECT_TRUE(settlement.settled());
    EXPECT_THAT(bench.cluster.removed, ElementsAre("/api/v1/namespaces/kube-system/pods/flannel-w"));
    EXPECT_THAT(settlement.reset, ElementsAre("kube-system/flannel-w"));
}

// All of the ten pods that were left ran, and the eleventh was made 26 s later: the checks had begun.
TEST_F(Settled, WaitsUntilAnotherPodHasTakenThePlaceOfTheOneThatWasDeleted) {
    goal.restarted = true;
    running({{"master", "kube-apiserver-master"}, {"worker", "flannel-w"}});
    bench.cluster.always(kPods, body(list({api_server(), crashing(flannel(), 5, "2027-01-15T07:59:10Z")})));
    bench.cluster.on_remove = [&](const std::string&, const Context&) {
        bench.cluster.answers[kPods] = std::deque<Answer>(20, body(list({api_server()})));
        bench.cluster.answers[kPods].push_back(body(list({api_server(), flannel()})));
        return body("{}");
    };
    const auto settlement = wait();
    EXPECT_TRUE(settlement.settled());
    EXPECT_THAT(settlement.pods, SizeIs(2));
    EXPECT_THAT(bench.seen,
                Contains("nobody has made another pod in place of kube-system/flannel-w yet, which was deleted"));
}

TEST_F(Settled, WaitsOutABackOffThatIsShort) {
    goal.restarted = true;
    running({{"master", "kube-apiserver-master"}, {"worker", "flannel-w"}});
    bench.cluster.answers[kPods] = {body(list({api_server(), crashing(flannel(), 2, "2027-01-15T07:59:10Z")})),
                                    body(list({api_server(), flannel()}))};
    EXPECT_TRUE(wait().settled());
    EXPECT_THAT(bench.cluster.removed, IsEmpty());
}

TEST_F(Settled, LeavesPodsAloneWhenNothingWasEnded) {
    bench.cluster.always(kPods, body(list({api_server(), crashing(flannel(), 5, "2027-01-15T07:59:10Z")})));
    EXPECT_FALSE(wait().settled());
    EXPECT_THAT(bench.cluster.removed, IsEmpty());
}

TEST_F(Settled, DeletesNoPodThatNobodyMakesAnewNorAStaticOne) {
    goal.restarted = true;
    auto scheduler = pod("kube-scheduler-master", "Node", "master", {{"component", "kube-scheduler"}});
    bench.cluster.always(kPods, body(list({api_server(), crashing(scheduler, 5, "2027-01-15T07:59:10Z")})));
    EXPECT_FALSE(wait().settled());
    bench.cluster.always(kPods,
                         body(list({api_server(), crashing(pod("nginx", "", "worker"), 5, "2027-01-15T07:59:10Z")})));
    EXPECT_FALSE(wait().settled());
    EXPECT_THAT(bench.cluster.removed, IsEmpty());
}

TEST_F(Settled, GivesUpOnAPodThatEndsByItselfAlthoughAllThatItNeedsIsThere) {
    goal.restarted = true;
    bench.cluster.always(kPods, body(list({api_server(), crashing(flannel(), 4, "2027-01-15T08:02:00Z")})));
    const auto settlement = wait();
    EXPECT_EQ(settlement.wait.end, WaitResult::End::hopeless);
    EXPECT_LT(settlement.wait.waited, seconds{30});
    EXPECT_THAT(settlement.wait.last_seen, HasSubstr("CrashLoopBackOff after 4 restarts"));
}

std::string report(const std::string& unit, const std::string& ids, const std::string& said) {
    std::string text = "unit " + unit + "\n";
    if (!ids.empty()) text += "container " + ids + "\n";
    if (!said.empty()) text += "said " + said + "\n";
    return text + "\ncrib-exit 0\n";
}

TEST_F(Settled, GivesUpSoonOnARuntimeThatDoesNotRun) {
    goal.restarted = true;
    goal.runtime_service = "crio.service";
    bench.cluster.always(kNodes, unreachable("connection refused"));
    bench.cluster.on_run = [](const std::string& node, const std::string&) -> NodeRun {
        const auto said = node == "master" ? report("failed", "", "level=fatal msg=oops") : report("active", "", "");
        return {true, "exited with 0", said, ""};
    };
    const auto settlement = wait();
    EXPECT_EQ(settlement.wait.end, WaitResult::End::hopeless);
    EXPECT_LE(settlement.wait.waited, seconds{45});
    EXPECT_EQ(settlement.wait.last_seen,
              "crio.service on master is failed; the last error there: level=fatal msg=oops");
}

TEST_F(Settled, GivesUpOnARuntimeThatMakesNoContainers) {
    goal.restarted = true;
    goal.runtime_service = "crio.service";
    bench.cluster.always(kNodes, unreachable("connection refused"));
    bench.cluster.on_run = [](const std::string&, const std::string&) -> NodeRun {
        return {true, "exited with 0", report("active", "", "E1129 refuses to create"), ""};
    };
    const auto settlement = wait();
    EXPECT_EQ(settlement.wait.end, WaitResult::End::hopeless);
    EXPECT_LE(settlement.wait.waited, seconds{70});
    EXPECT_THAT(settlement.wait.last_seen, HasSubstr("no container was made for "));
    EXPECT_THAT(settlement.wait.last_seen, HasSubstr("the last error there: E1129 refuses to create"));
}

TEST_F(Settled, WaitsForASilentServerAsLongAsContainersAreMade) {
    goal.restarted = true;
    goal.runtime_service = "crio.service";
    bench.cluster.always(kNodes, unreachable("connection refused"));
    int made = 0;
    bench.cluster.on_run = [&](const std::string& node, const std::string& script) -> NodeRun {
        if (script.find("is-active") == std::string::npos) {
            return {true, "exited with 0",
                    (node == "master" ? "kube-apiserver-master" : "flannel-w") + std::string("\n\ncrib-exit 0\n"), ""};
        }
        if (++made == 20) bench.cluster.always(kNodes, body(sample("nodes-ready.json")));
        return {true, "exited with 0", report("active", std::to_string(made), ""), ""};
    };
    EXPECT_TRUE(wait().settled());
    EXPECT_EQ(made, 20);
}

TEST_F(Settled, IsStoppedByTheUser) {
    bench.stop.request_stop();
    EXPECT_THROW((void)wait(), Error);
}

TEST(Ranks, SayWhoNeedsWhom) {
    using detail::needs_met_since;
    const auto all = parsed({pod("etcd", "Node", "master", {{"component", "etcd"}}), api_server(),
                             pod("proxy-m", "DaemonSet", "master", {{"k8s-app", "kube-proxy"}}),
                             not_ready(pod("proxy-w", "DaemonSet", "worker", {{"k8s-app", "kube-proxy"}})), flannel()});
    EXPECT_EQ(needs_met_since(all[0], all), WallTime::min()) << "etcd needs nobody";
    EXPECT_EQ(needs_met_since(all[1], all), parse_time("2027-01-15T08:00:00Z")) << "the API server needs etcd";
    EXPECT_TRUE(needs_met_since(all[2], all));
    EXPECT_FALSE(needs_met_since(all[4], all)) << "kube-proxy on its node does not run";
}

TEST(Ranks, TakeAnEndSoonAfterWhatItNeedsForItsFault) {
    const auto ended = [](const std::string& began) {
        const auto all = parsed({api_server(), crashing(flannel(), 5, began)});
        return detail::ended_by_itself(all[1], all[1].containers[0], all, seconds{30});
    };
    EXPECT_FALSE(ended("2027-01-15T07:59:59Z")) << "before the API server was ready";
    EXPECT_FALSE(ended("2027-01-15T08:00:29Z")) << "and just after it";
    EXPECT_TRUE(ended("2027-01-15T08:00:30Z"));
    EXPECT_TRUE(ended("")) << "nobody knows when";
}

TEST(NodeRuntime, ReadsWhatANodeSays) {
    const auto report = detail::parse_runtime_report("unit activating\ncontainer 01\ncontainer 02\nsaid E1129 no\n");
    EXPECT_EQ(report.unit, "activating");
    EXPECT_THAT(report.containers, ElementsAre("01", "02"));
    EXPECT_EQ(report.last_error, "E1129 no");
    EXPECT_EQ(detail::parse_runtime_report("").unit, "");
}

}  // namespace
}  // namespace crib::check
