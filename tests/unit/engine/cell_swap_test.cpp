// A cell in which another build of the container runtime takes over: its stage ends when the cluster has settled.

#include "tests/unit/engine/cell_run.h"

#include "harness/engine/swap_watch.h"

namespace crib::engine {
namespace {

using events::Outcome;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kPods = R"({"metadata":{"resourceVersion":"1"},"items":[
 {"metadata":{"name":"coredns-1","namespace":"kube-system","uid":"u1","ownerReferences":[{"kind":"ReplicaSet"}]},
  "spec":{"nodeName":"worker","containers":[{"name":"coredns"}]},
  "status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}],
   "containerStatuses":[{"name":"coredns","ready":true,"restartCount":3,"containerID":"cri-o://0b","state":{"running":{}}}]}}]})";

class Told final : public events::Sink {
public:
    std::vector<std::string> notices;
    std::vector<std::string> stages;
    void on(const events::Event& event) override {
        if (const auto* notice = std::get_if<events::Notice>(&event.body)) {
            notices.push_back(notice->node.empty() ? notice->text : notice->node + ": " + notice->text);
        }
        if (const auto* end = std::get_if<events::StageFinished>(&event.body)) {
            stages.push_back(end->stage + " " + events::to_string(end->outcome));
        }
    }
};

class CellSwap : public CellRun {
protected:
    Told told;

    void SetUp() override {
        CellRun::SetUp();
        bus.add(told);
        cell.recipe = provision::with_swaps(std::move(cell.recipe), {"cri-o"});
        viewer.cluster->always("/api/v1/pods", test::body(kPods));
        viewer.cluster->on_run = [](const std::string& node, const std::string&) -> check::NodeRun {
            return {true, "exited with 0", node == "worker" ? "0b\n\ncrib-exit 0\n" : "\ncrib-exit 0\n", ""};
        };
    }

    // What the nodes' runtimes say before the swap and after it.
    void runtimes(const std::string& before, const std::string& after) {
        for (const auto& node : {master(), worker()}) {
            node->when("exec crictl ps --quiet", {{.out = before}, {.out = after}});
        }
    }
};

TEST_F(CellSwap, SaysThatTheNewRuntimeKeptTheContainers) {
    runtimes("RuntimeVersion:  1.36.3\n0a\n0b\n", "RuntimeVersion:  1.36.3+local.1\n0a\n0b\n");
    EXPECT_EQ(run().outcome, Outcome::passed);
    EXPECT_THAT(told.notices, Contains("worker: the runtime is 1.36.3+local.1 now, 1.36.3 before, and kept all 2 "
                                       "containers that ran"));
    EXPECT_EQ(outcome_of_step("settle", "master"), Outcome::passed);
    EXPECT_THAT(viewer.cluster->scripts, IsEmpty());
}

TEST_F(CellSwap, EndsItsStageWhenTheClusterHasSettledAfterARuntimeThatEndedAllContainers) {
    runtimes("RuntimeVersion:  1.36.3\n0a\n", "RuntimeVersion:  1.37.0\n");
    viewer.cluster->answers["/api/v1/nodes"] = {test::unreachable("connection refused"),
                                                test::status(503, "etcd is not ready"), test::body(kReadyNodes)};
    EXPECT_EQ(run().outcome, Outcome::passed);
    EXPECT_THAT(told.notices,
                Contains("master: the runtime is 1.37.0 now, 1.36.3 before, and ended all 1 containers that "
                         "ran: CRI-O does so when its minor version changes"));
    EXPECT_EQ(outcome_of_step("settle", "master"), Outcome::passed);
    EXPECT_THAT(told.stages, Contains("swapped passed"));
    EXPECT_THAT(viewer.cluster->scripts, Not(IsEmpty())) << "the nodes' runtimes were asked whether it is true";
}

TEST_F(CellSwap, TakesNothingForGrantedWhenTheNewRuntimeDoesNotListItsContainers) {
    for (const auto& node : {master(), worker()}) {
        node->when("exec crictl ps --quiet", {{.out = "0a\n"}, {.end = ssh::Exited{1}}});
    }
    EXPECT_EQ(run().outcome, Outcome::passed);
    EXPECT_THAT(told.notices, Contains("master: the new runtime does not say what became of the containers"));
    EXPECT_THAT(viewer.cluster->scripts, Not(IsEmpty())) << "it is looked at as after one that ended some";
}

TEST_F(CellSwap, CountsRestartsFromTheMomentWhenTheClusterHadSettled) {
    runtimes("RuntimeVersion:  1.36.3\n0a\n", "RuntimeVersion:  1.37.0\n");
    cell.scenario.checks = {{"no-restarts", {}, {}}};
    EXPECT_EQ(run().outcome, Outcome::passed) << "the three of before do not count";
    EXPECT_THAT(recorder.record().checks.front().summary, HasSubstr("no restart in the "));
}

// The control plane that has to come back is as slow as the runtime that starts it.
TEST_F(CellSwap, GivesTheClusterLongerToSettleWhereTheNewRuntimeTookLongToStart) {
    runtimes("RuntimeVersion:  1.36.3\n0a\n", "RuntimeVersion:  1.37.0\n");
    const auto limit_of_settling = [&] {
        const auto& steps = recorder.record().steps;
        return std::ranges::find(steps, "settle", [](const auto& step) { return step.step; })->limit;
    };
    ASSERT_EQ(run().outcome, Outcome::passed);
    const auto usual = limit_of_settling();
    recorder.clear();
    connector.guests.clear();
    scripted();
    runtimes("RuntimeVersion:  1.36.3\n0a\n", "RuntimeVersion:  1.37.0\n");
    master()->when("systemctl restart \"$RUNTIME_SERVICE\"", {.took = std::chrono::minutes{4}});
    ASSERT_EQ(run().outcome, Outcome::passed);
    EXPECT_GE(limit_of_settling(), 3 * usual);
    EXPECT_THAT(told.notices, Contains(HasSubstr("the new runtime took 4.0 times as long as expected to start")));
}

TEST_F(CellSwap, CallsNoHostSlowForTheTimeThatAnOldLeaseHas) {
    runtimes("RuntimeVersion:  1.36.3\n0a\n", "RuntimeVersion:  1.37.0\n");
    std::string pods = kPods;
    pods.insert(pods.rfind("]}"), R"(,
 {"metadata":{"name":"kube-scheduler-master","namespace":"kube-system","uid":"u2",
   "labels":{"component":"kube-scheduler"},"ownerReferences":[{"kind":"Node"}]},
  "spec":{"nodeName":"master","containers":[{"name":"kube-scheduler"}]},
  "status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}],
   "containerStatuses":[{"name":"kube-scheduler","ready":true,"restartCount":1,"containerID":"cri-o://0c",
                         "state":{"running":{"startedAt":"2027-01-15T08:00:29Z"}}}]}})");
    viewer.cluster->always("/api/v1/pods", test::body(pods));
    viewer.cluster->on_run = [](const std::string& node, const std::string&) -> check::NodeRun {
        return {true, "exited with 0", (node == "worker" ? "0b" : "0c") + std::string("\n\ncrib-exit 0\n"), ""};
    };
    auto& leases = viewer.cluster->answers["/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-scheduler"];
    leases.assign(150, test::body(R"({"spec":{"holderIdentity":"master_1","renewTime":"2027-01-15T08:00:01.0Z"}})"));
    leases.push_back(test::body(R"({"spec":{"holderIdentity":"master_2","renewTime":"2027-01-15T08:05:01.0Z"}})"));
    EXPECT_EQ(run().outcome, Outcome::passed);
    EXPECT_EQ(leases.size(), 1U) << "it was waited for";
    EXPECT_THAT(told.notices, Not(Contains(HasSubstr("times as long as expected to settle"))));
}

TEST_F(CellSwap, FailsSoonWithWhatTheNodeSaysWhenTheNewRuntimeDoesNotRun) {
    runtimes("RuntimeVersion:  1.36.3\n0a\n", "");
    viewer.cluster->always("/api/v1/nodes", test::unreachable("connection refused"));
    viewer.cluster->on_run = [](const std::string&, const std::string&) -> check::NodeRun {
        return {true, "exited with 0", "unit failed\nsaid level=fatal msg=broken\n\ncrib-exit 0\n", ""};
    };
    const auto finished = run();
    EXPECT_EQ(finished.outcome, Outcome::failed);
    EXPECT_EQ(finished.reason,
              "the cluster did not settle after the swap: crio.service on master is failed; the last "
              "error there: level=fatal msg=broken");
    EXPECT_THAT(told.stages, Contains("swapped failed"));
    EXPECT_THAT(recorder.record().checks, IsEmpty());
    expect_nothing_left();
}

TEST(FateOf, CountsWhatWentOn) {
    const RuntimeFacts before{"1.36.3", {"a", "b", "c"}};
    EXPECT_EQ(fate_of(before, {"1.36.3", {"a", "b", "c", "d"}}),
              "the runtime is 1.36.3 as before, and kept all 3 containers that ran");
    EXPECT_EQ(fate_of(before, {"1.36.4", {"b", "d"}}),
              "the runtime is 1.36.4 now, 1.36.3 before, and ended 2 of the 3 containers that ran");
    EXPECT_EQ(fate_of(before, {"1.36.4", {}}),
              "the runtime is 1.36.4 now, 1.36.3 before, and ended all 3 containers that ran")
        << "not by its minor version";
    EXPECT_EQ(fate_of({"", {"a"}}, {}), "the new runtime ended all 1 containers that ran");
}

}  // namespace
}  // namespace crib::engine
