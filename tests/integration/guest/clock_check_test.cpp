// What a node does about its clock, in a real bash, with a clock chip and a date program of the test's.

#include "harness/guest/clock_check.h"

#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/process/boost_runner.h"

#include <gmock/gmock.h>

namespace crib::guest {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using testing::IsEmpty;

class ClockCheck : public testing::Test {
protected:
    // The check with this chip's time in front of a command, where date(1) only writes down what it was told.
    process::Result run(const std::string& shell, const std::string& chip) {
        const auto bin = folder_.path() / "bin";
        make_folder(bin);
        write_file(bin / "date", "#!/bin/sh\necho \"$@\" >" + (folder_.path() / "set").string() + "\n", 0755);
        if (!chip.empty()) write_file(folder_.path() / "chip", chip + "\n");
        auto script = clock_check("worker");
        const std::string place = kClockChip;
        for (auto at = script.find(place); at != std::string::npos; at = script.find(place)) {
            script.replace(at, place.size(), (folder_.path() / "chip").string());
        }
        process::Command command;
        command.program = shell;
        command.args = {"-c", script + "echo \"the command: $*\"; exit 7", "crib", "a  b"};
        command.env["PATH"] = bin.string() + ":/usr/bin:/bin";
        return runner_.run(command, Context::with_clock(clock_).with_timeout(std::chrono::seconds{20}));
    }
    [[nodiscard]] std::string told_date() const {
        const auto file = folder_.path() / "set";
        return std::filesystem::exists(file) ? read_file(file) : "";
    }
    [[nodiscard]] long long now() const {
        return std::chrono::duration_cast<std::chrono::seconds>(clock_.wall_now().time_since_epoch()).count();
    }

    SystemClock clock_;
    process::BoostRunner runner_;
    TempFolder folder_{std::filesystem::temp_directory_path(), "crib-clock-"};
};

TEST_F(ClockCheck, LeavesAClockAloneThatIsRight) {
    const auto result = run("/bin/bash", std::to_string(now()));
    EXPECT_EQ(result.out, "the command: a  b\n");
    EXPECT_EQ(result.how_it_ended(), "exited with 7") << "the command's own";
    EXPECT_THAT(result.err, IsEmpty());
    EXPECT_THAT(told_date(), IsEmpty());
}

TEST_F(ClockCheck, SetsOneRightThatIsBehindAndSaysSo) {
    const auto result = run("/bin/bash", std::to_string(now() + 600));
    EXPECT_THAT(told_date(), AnyOf("--utc --set=600 seconds\n", "--utc --set=599 seconds\n"))
        << "by the difference, however long date takes to start";
    EXPECT_THAT(result.err, HasSubstr("crib: the clock of worker was "));
    EXPECT_THAT(result.err, HasSubstr(" s behind, for the machine or its host stood still; it is set right\n"));
    EXPECT_EQ(split_lines(result.err).size(), 1U);
    EXPECT_EQ(result.out, "the command: a  b\n");
}

TEST_F(ClockCheck, SetsOneRightThatIsAhead) {
    EXPECT_THAT(run("/bin/bash", std::to_string(now() - 600)).err, HasSubstr(" s ahead, "));
    EXPECT_THAT(told_date(), AnyOf("--utc --set=-600 seconds\n", "--utc --set=-601 seconds\n"));
}

TEST_F(ClockCheck, GoesOnWhereThereIsNoChipOrNoBash) {
    EXPECT_EQ(run("/bin/bash", "").out, "the command: a  b\n");
    EXPECT_EQ(run("/bin/bash", "").err, "");
    EXPECT_EQ(run("/bin/dash", std::to_string(now() + 600)).out, "the command: a  b\n");
    EXPECT_THAT(told_date(), IsEmpty());
}

}  // namespace
}  // namespace crib::guest
