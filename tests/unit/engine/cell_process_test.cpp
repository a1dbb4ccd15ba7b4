#include "harness/engine/cell_process.h"

#include "tests/support/manual_clock.h"
#include "tests/support/recording_runner/recording_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crib::engine {
namespace {

using events::Outcome;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr auto kEvents = R"({"at":0,"event":"run-started","run":"versions-x7k2","scenario":"versions","facts":{}}
{"at":1,"event":"stage-started","stage":"prepare"}
{"at":2,"event":"stage-finished","stage":"prepare","outcome":"passed","took":1}
{"at":3,"event":"step-started","step":"kubeadm-init","node":"master","inputs":{}}
{"at":3,"event":"step-output","step":"kubeadm-init","node":"master","stream":"stdout","line":"{\"event\":\"run-finished\"}"}
not JSON at all
{"at":9,"event":"run-finished","outcome":"failed","reason":"kubeadm-init on master: exited with 1","took":9,"folder":"/runs/versions-x7k2","kept":false}
)";

class ACellsProcess : public ::testing::Test {
protected:
    test::ManualClock clock;
    test::RecordingRunner runner;
    std::stop_source user;
    std::vector<std::string> doing;
    std::vector<std::string> told;  // of checkpoints
    int prepared = 0;

    CellResult run(const CellOrder& order = {"versions.json", {"os=debian-12"}, {}}) {
        process::Command crib;
        crib.program = "/bin/crib";
        crib.args = {"--state", "/tmp/x"};
        CellProcess cell(runner, crib, {});
        using News = CellLauncher::News;
        const CellProcess::Calls calls{[this](News::Kind kind, const std::string& stage) {
                                           if (kind == News::Kind::prepared) ++prepared;
                                           if (kind == News::Kind::restored) told.push_back("restored " + stage);
                                           if (kind == News::Kind::saved) told.push_back("saved " + stage);
                                           if (kind == News::Kind::not_saved) told.push_back("not saved " + stage);
                                       },
                                       [this](const std::string& what) { doing.push_back(what); }};
        return cell.run(order, calls, Context::with_clock(clock).with_stop(user.get_token()));
    }
};

TEST_F(ACellsProcess, IsCribRunWithTheCellsValues) {
    runner.on({"/bin/crib"}, test::exited(1, kEvents));
    run({"versions.json",
         {"os=debian-12", "parameters.runtime=runc"},
         scenario::Expect{"kubeadm-init", "", "no \"x\"", ""}});
    ASSERT_EQ(runner.commands().size(), 1U);
    const auto command = runner.commands()[0];
    EXPECT_THAT(command.args,
                ElementsAre("--state", "/tmp/x", "run", "--set", "os=debian-12", "--set", "parameters.runtime=runc",
                            "--set", R"(expect={"fails-at":"kubeadm-init","message":"no \"x\""})",
                            "--no-save-at-failure", "--json", "--", "versions.json"));
    EXPECT_TRUE(command.ends_with_crib) << "a killed matrix must leave no cell behind";
    EXPECT_GT(command.grace, std::chrono::minutes(3)) << "a cell that stops collects evidence first";
}

// It was taken for an option, and every cell was refused.
TEST_F(ACellsProcess, TakesAFileWhoseNameBeginsWithADash) {
    runner.on({"/bin/crib"}, test::exited(1, kEvents));
    run({"-m.json", {"os=debian-12"}, {}});
    const auto parsed = runner.commands()[0].args;
    ASSERT_GE(parsed.size(), 2U);
    EXPECT_THAT(std::vector(parsed.end() - 2, parsed.end()), ElementsAre("--", "-m.json"));
}

TEST_F(ACellsProcess, TellsItsOutcomeAndWhatItDoes) {
    runner.on({"/bin/crib"}, test::exited(1, kEvents));
    const auto result = run();
    EXPECT_EQ(result.outcome, Outcome::failed);
    EXPECT_EQ(result.reason, "kubeadm-init on master: exited with 1");
    EXPECT_EQ(result.run, "versions-x7k2");
    EXPECT_EQ(result.folder, "/runs/versions-x7k2");
    EXPECT_EQ(prepared, 1);
    EXPECT_THAT(doing, ElementsAre("prepare", "kubeadm-init on master"));
}

TEST_F(ACellsProcess, IsToldWhereToSaveAndTellsWhatCameOfCheckpoints) {
    runner.on({"/bin/crib"}, test::exited(0, R"({"event":"checkpoint","what":"hit","stage":"control-plane-ready"}
{"event":"checkpoint","what":"restored","stage":"control-plane-ready","took":9}
{"event":"checkpoint","what":"saved","stage":"network-ready","took":4,"paused":2,"bytes":1}
{"event":"checkpoint","what":"not-saved","stage":"workload-ready","reason":"no room"}
{"event":"checkpoint","what":"miss","stage":"workload-ready"}
)"));
    run({"versions.json", {}, {}, {"--accel", "tcg"}, {"network-ready", "workload-ready"}});
    EXPECT_THAT(runner.commands()[0].args,
                ElementsAre("--state", "/tmp/x", "run", "--accel", "tcg", "--save", "network-ready", "--save",
                            "workload-ready", "--no-save-at-failure", "--json", "--", "versions.json"));
    EXPECT_THAT(told, ElementsAre("restored control-plane-ready", "saved network-ready", "not saved workload-ready"));
}

TEST_F(ACellsProcess, IsAnErrorAndNoFailureWhenItEndsWithoutAResult) {
    runner.on({"/bin/crib"}, test::exited(3, "", "crib: there is no room\n"));
    const auto result = run();
    EXPECT_EQ(result.outcome, Outcome::error);
    EXPECT_FALSE(result.refused);
    EXPECT_THAT(result.reason, HasSubstr("exited with 3 without a result: crib: there is no room"));
}

TEST_F(ACellsProcess, IsRefusedWhereTheScenarioOrItsLockIsWhyItDidNotRun) {
    runner.on({"/bin/crib"}, test::exited(2, R"({"event":"run-finished","outcome":"error","refused":true})"
                                             "\n"));
    EXPECT_TRUE(run().refused);
    EXPECT_EQ(run().outcome, Outcome::error);
}

TEST_F(ACellsProcess, IsRefusedWhereItDidNotEvenBegin) {
    runner.on({"/bin/crib"}, test::exited(2, "", "crib: there is no such lock file\n"));
    const auto result = run();
    EXPECT_TRUE(result.refused);
    EXPECT_EQ(result.outcome, Outcome::error);
}

TEST_F(ACellsProcess, IsInterruptedWhenItWasStoppedBeforeItsEnd) {
    runner.on({"/bin/crib"}, [this](const process::Command&) {
        user.request_stop();
        return process::Result{process::Cancelled{}, {}, {}, {}};
    });
    EXPECT_EQ(run().outcome, Outcome::interrupted);
}

}  // namespace
}  // namespace crib::engine
