#include "harness/report/live_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crib::report {
namespace {

using namespace std::chrono_literals;
using events::Outcome;
using testing::ElementsAre;
using testing::IsEmpty;

class View : public testing::Test {
protected:
    void at(Duration when, events::Body body) { view_.apply(events::Event{when, {}, std::move(body)}); }
    [[nodiscard]] std::vector<std::string> render(Duration now, std::size_t width = 40, std::size_t height = 20) const {
        return view_.render(now, width, height, Style(false));
    }
    LiveView view_;
};

TEST_F(View, ShowsNothingBeforeAnythingHappens) {
    EXPECT_THAT(render(5s), IsEmpty());
}

TEST_F(View, HasOneLineANodeWithWhatItDoesAndForHowLong) {
    at(1s, events::StageStarted{"boot"});
    at(2s, events::NodeDoing{"master", "booting"});
    at(4s, events::NodeDoing{"worker1", "starting QEMU"});
    EXPECT_THAT(render(75s),
                ElementsAre("boot since 1m14s, 1m15s in all",  //
                            "master   booting                   1m13s", "worker1  starting QEMU             1m11s"));
}

TEST_F(View, ShowsTheRunningStepRatherThanAnIdleWord) {
    at(0s, events::NodeDoing{"master", "idle"});
    at(10s, events::StepStarted{"swap-off", "Turn swap off", "master", "", {}});
    EXPECT_THAT(render(13s), ElementsAre("master  swap-off: Turn swap off       3s"));
    at(13s, events::StepFinished{"swap-off", "", "master", Outcome::passed, 0, "", "", 3s});
    EXPECT_THAT(render(14s), ElementsAre("master  idle                          1s"));
}

TEST_F(View, CountsStepsThatRunSideBySide) {
    at(0s, events::StepStarted{"a", "", "master", "", {}});
    at(1s, events::StepStarted{"b", "", "master", "", {}});
    EXPECT_THAT(render(2s), ElementsAre("master  a (and 1 more)                2s"));
}

TEST_F(View, KeepsTheTimeWhenANodeSaysTheSameAgain) {
    at(0s, events::NodeDoing{"master", "booting"});
    at(9s, events::NodeDoing{"master", "booting"});
    EXPECT_THAT(render(10s), ElementsAre("master  booting                      10s"));
}

TEST_F(View, CutsWhatIsWiderThanTheTerminal) {
    at(0s, events::NodeDoing{"master", "a very long description of what is going on"});
    for (const auto& line : render(5s, 24)) EXPECT_EQ(columns(line), 24U) << line;
    EXPECT_THAT(render(5s, 24), ElementsAre("master  a very long … 5s"));
    for (const auto& line : render(5s, 6)) EXPECT_LE(columns(line), 6U) << line;
}

TEST_F(View, FitsALowTerminal) {
    for (const auto* name : {"n1", "n2", "n3", "n4"}) at(0s, events::NodeDoing{name, "booting"});
    const auto lines = render(1s, 40, 3);
    ASSERT_EQ(lines.size(), 3U);
    EXPECT_EQ(lines.back(), "and 2 more");
}

TEST_F(View, ShowsLongWorkUntilItIsDone) {
    at(0s, events::Progress{"cri-o", "compiling", 1, 4, false, {}});
    at(5s, events::Progress{"cri-o", "packing", 3, 4, false, {}});
    EXPECT_THAT(render(9s), ElementsAre("cri-o   [3/4] packing                 9s"));
    at(10s, events::Progress{"cri-o", "built", 4, 4, true, 10s});
    EXPECT_THAT(render(11s), IsEmpty());
}

TEST_F(View, ShowsRunningChecks) {
    at(0s, events::CheckStarted{"dns", "a pod resolves"});
    EXPECT_THAT(render(2s), ElementsAre("check   a pod resolves                2s"));
    at(3s, events::CheckFinished{"dns", "", Outcome::passed, "", "", 3s});
    EXPECT_THAT(render(4s), IsEmpty());
}

TEST_F(View, NeverLetsAGuestMoveTheCursor) {
    at(0s, events::NodeDoing{"master", "boot\x1b[2J\rgone"});
    EXPECT_THAT(render(1s), ElementsAre("master  bootgone                      1s"));
}

}  // namespace
}  // namespace crib::report
