#include "harness/report/lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crib::report {
namespace {

using namespace std::chrono_literals;
using events::Outcome;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> lines(events::Body body, Detail detail = Detail::all) {
    return lines_of(events::Event{1s, {}, std::move(body)}, detail, Style(false));
}

TEST(Lines, TellOfTheRunAndItsFacts) {
    EXPECT_THAT(
        lines(events::RunStarted{"k3x9", "two-node", "two-node.json", {{"kubernetes", "1.36.3"}, {"os", "debian-13"}}}),
        ElementsAre("run k3x9: two-node (two-node.json)", "    kubernetes 1.36.3, os debian-13"));
}

TEST(Lines, NameNodeAndStep) {
    EXPECT_THAT(lines(events::StepStarted{"swap-off", "Turn swap off", "master", "", {}}),
                ElementsAre("master     swap-off: Turn swap off"));
    EXPECT_THAT(lines(events::StepFinished{"swap-off", "", "master", Outcome::passed, 0, "", "", 1200ms}),
                ElementsAre("master     swap-off passed in 1.2s"));
}

TEST(Lines, ShowTheEndOfAFailedStepsOutput) {
    EXPECT_THAT(lines(events::StepFinished{"init", "", "master", Outcome::failed, 1, "exit code 1", "a\nb\n", 3s}),
                ElementsAre("master     init failed in 3.0s: exit code 1", "    a", "    b"));
}

TEST(Lines, ShowStepOutputOnlyWhenVerbose) {
    const events::StepOutput output{"init", "master", false, "[preflight] \x1b[1mok"};
    EXPECT_THAT(lines(output), IsEmpty());
    EXPECT_THAT(lines(output, Detail::verbose), ElementsAre("master     init | [preflight] ok"));
}

TEST(Lines, SayWhatAFailedCheckSawLast) {
    EXPECT_THAT(lines(events::CheckFinished{"nodes-ready", "", Outcome::failed, "1 of 2", "worker1 NotReady", 60s}),
                ElementsAre("check nodes-ready failed in 1m00s: 1 of 2", "    last seen: worker1 NotReady"));
}

TEST(Lines, SayOnceWhatAFailedCheckSawLast) {
    EXPECT_THAT(lines(events::CheckFinished{"dns", "", Outcome::failed, "not within 60s; last seen: no", "no", 60s}),
                ElementsAre("check dns failed in 1m00s: not within 60s; last seen: no"));
}

TEST(Lines, ShowHowFarALongWorkIs) {
    EXPECT_THAT(lines(events::Progress{"kubernetes 1.36.3", "compiling kubelet", 3, 10, false, {}}),
                ElementsAre("kubernetes 1.36.3: [3/10] compiling kubelet"));
    EXPECT_THAT(lines(events::Progress{"kubernetes 1.36.3", "built", 10, 10, true, 245s}),
                ElementsAre("kubernetes 1.36.3: built (4m05s)"));
}

TEST(Lines, GiveAWarningItsHint) {
    EXPECT_THAT(lines(events::Notice{events::Level::warning, "worker1", "the clock jumped", "look at the load"}),
                ElementsAre("warning: worker1: the clock jumped", "    look at the load"));
}

TEST(Lines, ThatLastAreResultsOnly) {
    EXPECT_THAT(lines(events::StepStarted{"a", "b", "c", "", {}}, Detail::lasting), IsEmpty());
    EXPECT_THAT(lines(events::NodeDoing{"master", "booting"}, Detail::lasting), IsEmpty());
    EXPECT_THAT(lines(events::StepFinished{"a", "", "m", Outcome::passed, 0, "", "", 1s}, Detail::lasting), IsEmpty());
    EXPECT_THAT(lines(events::StageFinished{"boot", Outcome::passed, 49s}, Detail::lasting),
                ElementsAre("stage boot passed in 49.0s"));
    EXPECT_THAT(lines(events::StepFinished{"a", "", "m", Outcome::error, {}, "lost", "", 1s}, Detail::lasting),
                ElementsAre("m          a error in 1.0s: lost"));
}

TEST(Lines, ColourTheOutcome) {
    const events::Event event{1s, {}, events::StageFinished{"boot", Outcome::failed, 1s}};
    EXPECT_THAT(lines_of(event, Detail::all, Style(true)), ElementsAre("stage boot \x1b[1;31mfailed\x1b[0m in 1.0s"));
}

}  // namespace
}  // namespace crib::report
