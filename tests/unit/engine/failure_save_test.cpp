// A cluster that failed is saved as it is before it is cleaned up.

#include "harness/engine/cluster_state.h"
#include "tests/unit/engine/cell_run.h"

namespace crib::engine {
namespace {

using events::Checkpoint;
using events::Outcome;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// What the run told of checkpoints.
class News final : public events::Sink {
public:
    std::vector<Checkpoint> all;
    void on(const events::Event& event) override {
        if (const auto* news = std::get_if<Checkpoint>(&event.body)) all.push_back(*news);
    }
};

class FailedInstants : public CellRun {
protected:
    News news;

    void SetUp() override {
        CellRun::SetUp();
        options.checkpoints.at_failure = true;
        bus.add(news);
    }

    void break_nginx() { master()->when("nginx", {.end = ssh::Exited{1}, .err = "no such image\n"}); }

    void expect_nothing_saved(const events::RunFinished& finished) {
        EXPECT_EQ(finished.saved_as, "");
        EXPECT_THAT(checkpoints.names, IsEmpty());
        EXPECT_THAT(checkpoints.kept, IsEmpty());
    }
};

TEST_F(FailedInstants, AreSavedWhenAStepFailsAndTheRunCleansUpAllTheSame) {
    break_nginx();
    const auto finished = run();
    EXPECT_EQ(finished.outcome, Outcome::failed);
    EXPECT_EQ(finished.saved_as, created->info.id + "-failed");
    ASSERT_EQ(checkpoints.names.size(), 1U);
    const auto& [name, key] = checkpoints.names.front();
    EXPECT_EQ(name, finished.saved_as);
    EXPECT_EQ(checkpoints.kept.at(key).nodes.size(), 2U);
    expect_nothing_left();
}

TEST_F(FailedInstants, AreSavedWhenACheckFails) {
    cell.scenario.checks[1].params["equals"] = "cri-o://1.35.0";
    cell.scenario.checks[1].written.clear();
    const auto finished = run();
    EXPECT_EQ(finished.outcome, Outcome::failed);
    EXPECT_EQ(finished.saved_as, created->info.id + "-failed");
    expect_nothing_left();
}

TEST_F(FailedInstants, AreSavedAfterTheEvidence) {
    break_nginx();
    bool journal_was_there = false;
    hypervisor.on_save(
        [&] { journal_was_there = std::filesystem::exists(created->folder.node("master") / "journal.log"); });
    EXPECT_NE(run().saved_as, "");
    EXPECT_TRUE(journal_was_there);
}

TEST_F(FailedInstants, TellHowFarTheClusterHadCome) {
    break_nginx();
    (void)run();
    ASSERT_EQ(checkpoints.names.size(), 1U);
    const auto& saved = checkpoints.kept.at(checkpoints.names.front().second);
    std::vector<std::string> stages;
    for (const auto& stage : saved.chain) stages.push_back(stage.stage);
    EXPECT_THAT(stages, ElementsAre("os-ready", "runtime-ready", "control-plane-ready", "joined", "network-ready",
                                    created->info.id + "-failed"));
    const auto state = parse_cluster_state(saved.state);
    EXPECT_EQ(state.stage, "network-ready");
    EXPECT_TRUE(state.begun) << "nginx may have done half of its work";
}

TEST_F(FailedInstants, AreNotSavedOfRunsThatPassOrForWhichNobodyAsked) {
    expect_nothing_saved(run());
    options.checkpoints.at_failure = false;
    break_nginx();
    expect_nothing_saved(run());
    expect_nothing_left();
}

TEST_F(FailedInstants, AreNotSavedOfClustersThatAreKeptAnyway) {
    break_nginx();
    options.keep = KeepPolicy::when_failed;
    const auto finished = run();
    EXPECT_TRUE(finished.kept);
    expect_nothing_saved(finished);
}

TEST_F(FailedInstants, AreNotSavedOfRunsThatFailAsTheyAreTo) {
    break_nginx();
    cell.scenario.expect.emplace();
    cell.scenario.expect->fails_at = "nginx";
    const auto finished = run();
    EXPECT_TRUE(finished.as_expected);
    expect_nothing_saved(finished);
}

TEST_F(FailedInstants, AreSavedOfRunsThatFailOtherwiseThanTheyAreTo) {
    break_nginx();
    cell.scenario.expect.emplace();
    cell.scenario.expect->fails_at = "kubeadm-init";
    EXPECT_NE(run().saved_as, "");
}

TEST_F(FailedInstants, AreNotSavedOfRunsThatTheUserInterrupts) {
    master()->when("nginx", {.end = ssh::Exited{1}, .then = [&](const ssh::Exec&) { user.request_stop(); }});
    const auto finished = run();
    EXPECT_EQ(finished.outcome, Outcome::interrupted);
    expect_nothing_saved(finished);
}

TEST_F(FailedInstants, ThatCannotBeStoredAreToldAndNoMore) {
    break_nginx();
    checkpoints.refuses = Error(ErrorKind::environment, "the disk is full");
    const auto finished = run();
    EXPECT_EQ(finished.outcome, Outcome::failed);
    EXPECT_THAT(finished.reason, HasSubstr("nginx"));
    ASSERT_FALSE(news.all.empty());
    EXPECT_EQ(news.all.back().what, Checkpoint::What::not_saved);
    EXPECT_THAT(news.all.back().reason, HasSubstr("the disk is full"));
    expect_nothing_saved(finished);
    expect_nothing_left();
}

TEST_F(FailedInstants, AreNotWaitedForWhereANodeIsGone) {
    master()->when("nginx", {.end = ssh::Exited{1}, .then = [&](const ssh::Exec&) {
                                 hypervisor.stop(created->info.nodes.back().machine, hypervisor::MachineState::crashed,
                                                 "it was killed");
                             }});
    const auto finished = run();
    EXPECT_EQ(finished.outcome, Outcome::failed);
    ASSERT_FALSE(news.all.empty());
    EXPECT_THAT(news.all.back().reason, HasSubstr("out of reach"));
    expect_nothing_saved(finished);
    expect_nothing_left();
}

TEST_F(FailedInstants, MayNotTakeLongerThanAMinute) {
    break_nginx();
    EXPECT_NE(run().saved_as, "");
    EXPECT_LE(checkpoints.given.value(), Duration{60s});
}

}  // namespace
}  // namespace crib::engine
