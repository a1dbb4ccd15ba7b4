#include "tests/support/recording_runner/recording_runner.h"

#include "harness/base/error.h"
#include "tests/support/manual_clock.h"

#include <gmock/gmock.h>

namespace crib::test {
namespace {

using testing::ElementsAre;

class RecordingRunnerTest : public testing::Test {
protected:
    ManualClock clock_;
    Context context_ = Context::with_clock(clock_);
    RecordingRunner runner_;
};

TEST_F(RecordingRunnerTest, AnswersByTheLongestPrefixAndRecordsEachCommand) {
    runner_.on({"go"}, exited(1));
    runner_.on({"go", "version"}, exited(0, "go1.26\n"));
    EXPECT_EQ(runner_.run(command("go", {"version", "-m"}), context_).out, "go1.26\n");
    EXPECT_FALSE(runner_.run(command("go", {"build"}), context_).ok());
    EXPECT_TRUE(runner_.run(command("true"), context_).ok());
    EXPECT_THAT(runner_.lines(), ElementsAre("go version -m", "go build", "true"));
}

TEST_F(RecordingRunnerTest, GivesTheCallbacksTheLinesOfTheAnswer) {
    runner_.on({"make"}, exited(0, "a\nb\n", "c\n"));
    std::vector<std::string> lines;
    process::Command make = command("make");
    make.on_out = make.on_err = [&](std::string_view line) { lines.emplace_back(line); };
    runner_.run(make, context_);
    EXPECT_THAT(lines, ElementsAre("a", "b", "c"));
}

TEST_F(RecordingRunnerTest, CanRefuseProgramsThatTheTestDoesNotKnow) {
    runner_.refuse_others();
    EXPECT_THROW(runner_.run(command("skopeo"), context_), Error);
}

TEST_F(RecordingRunnerTest, RecordsDaemonsApart) {
    EXPECT_NE(runner_.start_daemon(command("crib-switch"), "/dev/null"),
              runner_.start_daemon(command("crib-switch"), "/dev/null"));
    EXPECT_EQ(runner_.daemons().size(), 2U);
    EXPECT_TRUE(runner_.commands().empty());
}

}  // namespace
}  // namespace crib::test
