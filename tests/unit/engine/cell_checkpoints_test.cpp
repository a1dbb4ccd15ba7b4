// A cell that saves checkpoints, and one that goes on from them.

#include "harness/checkpoint/run_stages.h"
#include "tests/unit/engine/cell_run.h"

#include <fmt/format.h>

namespace crib::engine {
namespace {

using events::Checkpoint;
using events::Outcome;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;
using ::testing::Pair;

// What the run told of checkpoints.
class News final : public events::Sink {
public:
    std::vector<Checkpoint> all;
    std::vector<std::string> told;
    std::vector<std::string> waits;
    void on(const events::Event& event) override {
        if (const auto* news = std::get_if<Checkpoint>(&event.body)) all.push_back(*news);
        if (const auto* notice = std::get_if<events::Notice>(&event.body)) told.push_back(notice->text);
        if (const auto* doing = std::get_if<events::NodeDoing>(&event.body)) waits.push_back(doing->what);
    }
    [[nodiscard]] std::vector<std::string> words() const {
        std::vector<std::string> words;
        for (const auto& one : all) words.push_back(std::string(to_string(one.what)) + " " + one.stage);
        return words;
    }
};

class CellCheckpoints : public CellRun {
protected:
    News news;

    void SetUp() override {
        CellRun::SetUp();
        options.checkpoints.save = {"control-plane-ready", "network-ready", "workload-ready"};
        bus.add(news);
    }

    // Before another run of the same cell.
    void forget_what_was_seen() {
        connector.guests.clear();
        scripted();
        recorder.clear();
        news.all.clear();
        news.told.clear();
        supplier.calls.clear();
    }

    events::RunFinished run_again() {
        forget_what_was_seen();
        return run();
    }

    [[nodiscard]] std::vector<std::string> steps_run() const {
        std::vector<std::string> ids;
        for (const auto& step : recorder.record().steps) {
            if (step.outcome == Outcome::passed) ids.push_back(step.step);
        }
        return ids;
    }
};

TEST_F(CellCheckpoints, AreOfNodesWhoseClocksAreSetRightAfterwardsForTheyStoodStill) {
    EXPECT_EQ(run().outcome, Outcome::passed);
    EXPECT_TRUE(master()->ran("rtc0"));
    EXPECT_TRUE(worker()->ran("rtc0"));
}

TEST_F(CellCheckpoints, AreSavedAtTheEndOfTheStagesAskedFor) {
    ASSERT_EQ(run().outcome, Outcome::passed);
    EXPECT_THAT(news.words(), ElementsAre("miss workload-ready", "miss network-ready", "miss control-plane-ready",
                                          "saved control-plane-ready", "saved network-ready", "saved workload-ready"));
    EXPECT_THAT(checkpoints.stages(), ElementsAre("control-plane-ready", "network-ready", "workload-ready"));
    expect_nothing_left();
}

TEST_F(CellCheckpoints, TakeTheirTimeInAStageOfTheirOwn) {
    hypervisor.on_save([&] { clock.advance(std::chrono::seconds{7}); });
    ASSERT_EQ(run().outcome, Outcome::passed);
    const auto& stages = recorder.record().stages;
    const auto saving = std::ranges::find(stages, "save workload-ready", [](const auto& stage) { return stage.stage; });
    ASSERT_NE(saving, stages.end());
    EXPECT_GE(saving->took, std::chrono::seconds{7});
    EXPECT_EQ(recorder.record().outside_stages, Duration{}) << "every second of a run belongs to a stage";
}

TEST_F(CellCheckpoints, AreOfAnInstantAtWhichNobodyIsAheadOfTheStage) {
    options.checkpoints.save = {"control-plane-ready"};
    std::set<std::string> before;
    hypervisor.on_save([&] {
        for (const auto& step : recorder.record().steps) before.insert(step.step);
    });
    ASSERT_EQ(run().outcome, Outcome::passed);
    EXPECT_TRUE(before.contains("kubeadm-init"));
    EXPECT_FALSE(before.contains("join-token"));
    EXPECT_FALSE(before.contains("kubeadm-join"));
}

TEST_F(CellCheckpoints, AreWhereAnUnchangedRunGoesOnFrom) {
    ASSERT_EQ(run().outcome, Outcome::passed);
    const auto again = run_again();
    EXPECT_EQ(again.outcome, Outcome::passed) << again.reason;
    EXPECT_THAT(news.words(), ElementsAre("hit workload-ready", "restored workload-ready"));
    EXPECT_THAT(steps_run(), IsEmpty());
    EXPECT_EQ(recorder.record().checks.size(), 2U);
    EXPECT_THAT(supplier.calls, Contains("disks of master over /layers/workload-ready/master"));
    EXPECT_TRUE(master()->ran("date --utc --set=@"));
    EXPECT_TRUE(worker()->ran("date --utc --set=@"));
    expect_nothing_left();
}

TEST_F(CellCheckpoints, AreGoneOnFromByNodesThatTellWhenTheyCanBeUsed) {
    run();
    run_again();
    EXPECT_THAT(news.told, Contains("all nodes answer SSH and have the right time"));
}

TEST_F(CellCheckpoints, SayWhatIsWaitedForUntilTheirClusterIsAsItWas) {
    ASSERT_EQ(run().outcome, Outcome::passed);
    viewer.cluster->answers["/api/v1/nodes"] = {test::unreachable("connection refused"), test::body(kReadyNodes)};
    EXPECT_EQ(run_again().outcome, Outcome::passed);
    EXPECT_THAT(news.waits, Contains(HasSubstr("the API server does not answer yet (connection refused)")));
}

TEST_F(CellCheckpoints, GiveARunAllThatComesBeforeItsFirstChange) {
    ASSERT_EQ(run().outcome, Outcome::passed);
    scenario::Mutation mutation;
    mutation.kind = scenario::Mutation::Kind::replace;
    mutation.step = "nginx";
    mutation.script = "kubectl run nginx --image=another\n";
    cell.scenario.mutations = {mutation};
    const auto again = run_again();
    EXPECT_EQ(again.outcome, Outcome::passed) << again.reason;
    EXPECT_THAT(news.words(), ElementsAre("miss workload-ready", "hit network-ready", "restored network-ready"));
    EXPECT_THAT(steps_run(), ElementsAre("nginx", "nginx-service"));
}

TEST_F(CellCheckpoints, AreNotSavedSoSoonAfterAnotherThatSavingTakesAsLong) {
    options.checkpoints.save = {"network-ready"};
    ASSERT_EQ(run().outcome, Outcome::passed);
    options.checkpoints.save = {"workload-ready"};
    (void)run_again();
    EXPECT_THAT(news.words(), Not(Contains("saved workload-ready")));
    const auto record = checkpoint::read_run_stages(created->folder.checkpoints());
    EXPECT_THAT(record.stages.back().why, HasSubstr("after that of network-ready was restored"));
    options.checkpoints.asked = true;
    (void)run_again();
    EXPECT_THAT(news.words(), Contains("saved workload-ready"));
}

// A gigabyte each that nobody would go on from.
TEST_F(CellCheckpoints, OfAFailureThatIsReproducedAreSavedFromItsChangesOnWhenItIsRunASecondTime) {
    scenario::Mutation mutation;
    mutation.kind = scenario::Mutation::Kind::insert_after;
    mutation.step = "kubeadm-join";
    mutation.id = "slow";
    mutation.script = "sleep 1\n";
    cell.scenario.mutations = {mutation};
    cell.scenario.expect = scenario::Expect{"nodes-ready", "", "", "it is slow"};
    (void)run();
    EXPECT_THAT(news.words(), Contains("saved control-plane-ready"));
    EXPECT_THAT(news.words(), Not(Contains("saved network-ready")));
    EXPECT_THAT(news.told, Contains(HasSubstr("no checkpoint of network-ready is saved: the scenario is expected to")));
    checkpoints.kept.clear();
    (void)run_again();
    EXPECT_THAT(news.words(), Contains("saved network-ready"));
}

TEST_F(CellCheckpoints, AreSavedWhereTheWayFromTheOneBeforeWasLong) {
    options.checkpoints.save = {"network-ready"};
    ASSERT_EQ(run().outcome, Outcome::passed);
    options.checkpoints.save = {"workload-ready"};
    forget_what_was_seen();
    master()->when("kubectl run nginx", {.took = std::chrono::minutes{2}});
    (void)run();
    EXPECT_THAT(news.words(), Contains("saved workload-ready"));
}

TEST_F(CellCheckpoints, HandOnWhatEarlierStepsLeftForLaterOnes) {
    options.checkpoints.save = {"joined"};
    ASSERT_EQ(run().outcome, Outcome::passed);
    EXPECT_THAT(checkpoints.kept.begin()->second.state, HasSubstr("abcdef.0123456789abcdef"));
    options.checkpoints.save.clear();
    ASSERT_EQ(run_again().outcome, Outcome::passed);
    EXPECT_THAT(steps_run(), Not(Contains("join-token")));
    EXPECT_THAT(steps_run(), Contains("nginx"));
}

TEST_F(CellCheckpoints, AreOfNoUseToMachinesOfAnotherKind) {
    ASSERT_EQ(run().outcome, Outcome::passed);
    cell.scenario.nodes[1].memory = ByteSize::mib(1900);
    ASSERT_EQ(run_again().outcome, Outcome::passed);
    EXPECT_THAT(news.words(), Not(Contains(HasSubstr("hit"))));
    EXPECT_THAT(steps_run(), Contains("kubeadm-init"));
}

TEST_F(CellCheckpoints, ThatAreDamagedAreDroppedAndTheOneBeforeIsTaken) {
    ASSERT_EQ(run().outcome, Outcome::passed);
    for (const auto& [key, cluster] : checkpoints.kept) {
        if (cluster.chain.back().stage == "workload-ready") checkpoints.damaged.insert(key);
    }
    const auto again = run_again();
    EXPECT_EQ(again.outcome, Outcome::passed) << again.reason;
    EXPECT_THAT(news.words(), ElementsAre("hit workload-ready", "miss workload-ready", "hit network-ready",
                                          "restored network-ready", "saved workload-ready"));
    EXPECT_THAT(news.all[1].reason, HasSubstr("is damaged"));
    EXPECT_EQ(checkpoints.dropped.size(), 1U);
    EXPECT_THAT(steps_run(), ElementsAre("nginx", "nginx-service"));
    expect_nothing_left();
}

// The machine that failed reads no more of its state: that is no reason, the hypervisor's is.
TEST_F(CellCheckpoints, ThatAHypervisorRefusesAreRefusedWithItsReason) {
    ASSERT_EQ(run().outcome, Outcome::passed);
    for (const auto& [key, cluster] : checkpoints.kept) checkpoints.unread.insert(key);
    hypervisor.fail_next_restore(hypervisor.started().back().name, "the image is of another kind");
    run_again();
    ASSERT_GE(news.all.size(), 2U);
    EXPECT_THAT(news.all[1].reason, HasSubstr("the image is of another kind"));
}

// As somebody else may have written it: its names would become folders.
TEST_F(CellCheckpoints, OfAClusterThatCribDoesNotMakeAreNotRestored) {
    ASSERT_EQ(run().outcome, Outcome::passed);
    const std::string name = R"("name": "worker")";
    for (auto& [key, cluster] : checkpoints.kept) {
        ASSERT_NE(cluster.state.find(name), std::string::npos);
        cluster.state.replace(cluster.state.find(name), name.size(), R"("name": "../../x")");
    }
    const auto again = run_again();
    EXPECT_EQ(again.outcome, Outcome::passed) << again.reason;
    ASSERT_GE(news.all.size(), 2U);
    EXPECT_THAT(news.all[1].reason, HasSubstr("its cluster is none that crib makes: a node is called"));
    EXPECT_THAT(steps_run(), Contains("kubeadm-init")) << "from nothing";
    EXPECT_THAT(news.words(), Contains("saved workload-ready")) << "in the place of that one";
}

// It may have been short of memory or descriptors: an hour of work is not thrown away for that.
TEST_F(CellCheckpoints, ThatAHypervisorRefusesStayUntilTheRunHasSavedThemAnew) {
    ASSERT_EQ(run().outcome, Outcome::passed);
    hypervisor.fail_next_restore(hypervisor.started().back().name, "cannot allocate memory");
    options.checkpoints.save.clear();
    ASSERT_EQ(run_again().outcome, Outcome::passed);
    EXPECT_THAT(news.words(), Contains("miss workload-ready"));
    EXPECT_THAT(checkpoints.dropped, IsEmpty());

    hypervisor.fail_next_restore(hypervisor.started().back().name, "the image is of another kind");
    options.checkpoints.save = {"network-ready", "workload-ready"};
    ASSERT_EQ(run_again().outcome, Outcome::passed);
    EXPECT_THAT(news.words(), Contains("saved workload-ready"));
    EXPECT_EQ(checkpoints.dropped.size(), 1U) << "the new one takes its place";
    ASSERT_EQ(run_again().outcome, Outcome::passed);
    EXPECT_THAT(news.words(), ElementsAre("hit workload-ready", "restored workload-ready"));
}

// Beside a build that takes all processors, nodes take a minute to answer and the API server several to call them
// Ready.
TEST_F(CellCheckpoints, AreWaitedForLongerOnAHostThatIsBusyNow) {
    ASSERT_EQ(run().outcome, Outcome::passed);
    hypervisor.on_resume([&](const auto&) { clock.advance(std::chrono::seconds{30}); });
    auto& answers = viewer.cluster->answers["/api/v1/nodes"];
    answers.assign(1000, test::unreachable("connection refused"));
    answers.push_back(test::body(kReadyNodes));
    const auto start = clock.now();
    const auto again = run_again();
    EXPECT_EQ(again.outcome, Outcome::passed) << again.reason;
    EXPECT_THAT(news.words(), ElementsAre("hit workload-ready", "restored workload-ready"));
    EXPECT_GT(clock.now() - start, std::chrono::minutes{4}) << "else this has tried nothing";
    EXPECT_THAT(news.told, Contains(HasSubstr("this host is busy or slow (the restored nodes took 4.0 times as long")));
}

TEST_F(CellCheckpoints, AreNotWaitedForForeverOnAHostThatIsQuick) {
    ASSERT_EQ(run().outcome, Outcome::passed);
    viewer.cluster->answers["/api/v1/nodes"].assign(1000, test::unreachable("connection refused"));
    viewer.cluster->answers["/api/v1/nodes"].push_back(test::body(kReadyNodes));
    ASSERT_EQ(run_again().outcome, Outcome::passed);
    EXPECT_THAT(news.words(), Contains("miss workload-ready"));
    EXPECT_THAT(checkpoints.dropped, IsEmpty());
}

TEST_F(CellCheckpoints, ThatAreAllDamagedLeaveTheRunToStartFromNothing) {
    options.checkpoints.save = {"workload-ready"};
    ASSERT_EQ(run().outcome, Outcome::passed);
    checkpoints.damaged.insert(checkpoints.kept.begin()->first);
    const auto again = run_again();
    EXPECT_EQ(again.outcome, Outcome::passed) << again.reason;
    EXPECT_THAT(steps_run(), Contains("kubeadm-init"));
    expect_nothing_left();
}

TEST_F(CellCheckpoints, ThatCannotBeSavedAreAWarningAndTheRunGoesOn) {
    checkpoints.refuses = Error(ErrorKind::environment, "the disk is full");
    const auto finished = run();
    EXPECT_EQ(finished.outcome, Outcome::passed) << finished.reason;
    EXPECT_THAT(news.words(), Contains("not-saved control-plane-ready"));
    EXPECT_THAT(news.words(), Contains("not-saved network-ready")) << "the reason may have gone";
    EXPECT_THAT(steps_run(), Contains("nginx"));
    expect_nothing_left();
}

// As with a memory that crib cannot read, or a disk that was full for a while.
TEST_F(CellCheckpoints, AreSavedOfALaterStageWhenAnEarlierOneCouldNotBe) {
    int tries = 0;
    hypervisor.on_save([&] {
        if (++tries == 1) {
            hypervisor.fail_next_save(hypervisor.started().back().name, "a section that crib does not know");
        }
        checkpoints.refuses = std::nullopt;
        if (tries == 2) checkpoints.refuses = Error(ErrorKind::environment, "the disk is full");
    });
    const auto finished = run();
    EXPECT_EQ(finished.outcome, Outcome::passed) << finished.reason;
    EXPECT_THAT(news.words(),
                IsSupersetOf({"not-saved control-plane-ready", "not-saved network-ready", "saved workload-ready"}));
    ASSERT_EQ(checkpoints.kept.size(), 1U);
    // Nothing is missing below it: the disks are those with which the machines started.
    for (const auto& spec : hypervisor.started()) {
        const auto& node =
            checkpoints.kept.begin()->second.nodes.at(spec.name.ends_with("worker") ? "worker" : "master");
        EXPECT_EQ(node.disks.at("vda").file, spec.disks.front().file);
    }
    expect_nothing_left();
}

TEST_F(CellCheckpoints, AreNotTriedAgainWhenTheMachinesCouldNotBeGivenTheirDisksBack) {
    hypervisor.on_save([&] {
        checkpoints.refuses = Error(ErrorKind::environment, "the disk is full");
        hypervisor.fail_next_undo(hypervisor.started().back().name, "it does not answer");
    });
    const auto finished = run();
    EXPECT_EQ(finished.outcome, Outcome::passed) << finished.reason;
    EXPECT_THAT(news.words(), Contains("not-saved control-plane-ready"));
    EXPECT_THAT(news.words(), Not(Contains("not-saved network-ready"))) << "said once";
    expect_nothing_left();
}

TEST_F(CellCheckpoints, AreLeftAloneWhenTheUserWantsARunFromNothing) {
    ASSERT_EQ(run().outcome, Outcome::passed);
    options.checkpoints = {false, "", {}};
    ASSERT_EQ(run_again().outcome, Outcome::passed);
    EXPECT_THAT(news.words(), IsEmpty());
    EXPECT_THAT(steps_run(), Contains("kubeadm-init"));
}

TEST_F(CellCheckpoints, OfAnEarlierStageAreTakenWhenTheUserSaysSo) {
    ASSERT_EQ(run().outcome, Outcome::passed);
    options.checkpoints.from = "control-plane-ready";
    ASSERT_EQ(run_again().outcome, Outcome::passed);
    EXPECT_THAT(news.words(), Contains("restored control-plane-ready"));
    EXPECT_THAT(steps_run(), Contains("kubeadm-join"));
}

TEST_F(CellCheckpoints, ThatTheUserWantsButAreNotThereAreRefusedBeforeAnyMachineStarts) {
    options.checkpoints.from = "network-ready";
    const auto finished = run();
    EXPECT_EQ(finished.outcome, Outcome::error);
    EXPECT_THAT(finished.reason, HasSubstr("--from network-ready"));
    EXPECT_THAT(hypervisor.started(), IsEmpty());
}

std::string one_pod(bool ready, int restarts) {
    return fmt::format(R"({{"metadata":{{"resourceVersion":"1"}},"items":[{{
 "metadata":{{"namespace":"kube-system","name":"coredns-1","uid":"u1"}},
 "spec":{{"nodeName":"worker","containers":[{{"name":"coredns","image":"coredns"}}]}},
 "status":{{"phase":"Running","podIP":"10.244.1.2",
           "conditions":[{{"type":"Ready","status":"{0}"}}],
           "containerStatuses":[{{"name":"coredns","ready":{1},"started":true,"restartCount":{2},
                                 "state":{{"running":{{}}}}}}]}}}}]}})",
                       ready ? "True" : "False", ready, restarts);
}

// What a restored cluster would otherwise be waited for each time.
TEST_F(CellCheckpoints, AreSavedWhenAllPodsRunAsSoonAsTheyCan) {
    options.checkpoints.save = {"control-plane-ready", "network-ready"};
    viewer.cluster->answers["/api/v1/pods"] = {test::body(one_pod(false, 1)), test::body(one_pod(true, 2))};
    ASSERT_EQ(run().outcome, Outcome::passed);
    for (const auto& [key, kept] : checkpoints.kept) {
        const auto state = parse_cluster_state(kept.state);
        EXPECT_EQ(state.restarts.size(), state.stage == "network-ready" ? 1U : 0U) << state.stage;
    }
}

TEST_F(CellCheckpoints, SayWhatTheyWaitForAndThatTheyAreSavedWithoutIt) {
    options.checkpoints.save = {"network-ready"};
    viewer.cluster->always("/api/v1/pods", test::body(one_pod(false, 1)));
    ASSERT_EQ(run().outcome, Outcome::passed);
    EXPECT_THAT(news.waits, Contains(HasSubstr("coredns-1")));
    EXPECT_EQ(news.waits.back(), "") << "nothing is waited for any more";
    EXPECT_THAT(news.told, Contains(AllOf(HasSubstr("it is saved as it is: "), HasSubstr("coredns-1"))));
}

TEST_F(CellCheckpoints, AtTheEndAreSavedWhenAllPodsRun) {
    options.checkpoints.save = {"workload-ready"};
    viewer.cluster->answers["/api/v1/pods"] = {test::body(one_pod(false, 1)), test::body(one_pod(true, 2))};
    ASSERT_EQ(run().outcome, Outcome::passed);
    for (const auto& [key, kept] : checkpoints.kept) {
        const auto state = parse_cluster_state(kept.state);
        if (state.stage != "workload-ready") continue;
        EXPECT_THAT(state.restarts, ElementsAre(Pair("kube-system/coredns-1/u1/coredns", 2)));
        return;
    }
    FAIL() << "nothing was saved at the end";
}

TEST_F(CellCheckpoints, TellOfAContainerThatRestartedSinceTheyWereSaved) {
    cell.scenario.checks = {{"no-restarts", {}, {}}};
    viewer.cluster->always("/api/v1/pods", test::body(one_pod(true, 2)));
    ASSERT_EQ(run().outcome, Outcome::passed);
    forget_what_was_seen();
    viewer.cluster->always("/api/v1/pods", test::body(one_pod(true, 3)));
    const auto again = run();
    EXPECT_EQ(again.outcome, Outcome::failed);
    EXPECT_THAT(again.reason, HasSubstr("container coredns restarted once since the cluster was good"));
}

TEST_F(CellCheckpoints, OfAClusterThatDoesNotComeBackReadyAreNotTrusted) {
    ASSERT_EQ(run().outcome, Outcome::passed);
    std::string nodes = kReadyNodes;
    nodes.replace(nodes.rfind("\"True\""), 6, "\"False\"");
    const auto sick = test::body(nodes);
    forget_what_was_seen();
    options.checkpoints.save.clear();
    viewer.cluster->always("/api/v1/nodes", sick);
    (void)run();
    EXPECT_THAT(news.words(), Contains("miss workload-ready"));
    EXPECT_THAT(checkpoints.dropped, IsEmpty()) << "it may be the host that is slow";
    EXPECT_THAT(steps_run(), Contains("kubeadm-init")) << "in the end from nothing";
    expect_nothing_left();
}

}  // namespace
}  // namespace crib::engine
