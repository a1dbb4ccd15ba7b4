// Paths and limits that crib can do nothing about, tried on the program itself: they end with a word and an exit code,
// never by waiting, and are not called a bug in crib.

#include "harness/base/file.h"
#include "harness/process/boost_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

namespace crib::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

class ARefusedPath : public testing::Test {
protected:
    // In a shell, which may first do something to itself; "$CRIB" is the program.
    process::Result run(const std::string& shell_words) {
        process::Command command;
        command.program = "bash";
        command.args = {"-c", shell_words};
        command.cwd = folder_.path();
        command.env = {{"CRIB_SOURCE", CRIB_SOURCE_DIR},
                       {"CRIB", CRIB_PROGRAM},
                       {"CRIB_MIRRORS", std::nullopt},
                       {"XDG_STATE_HOME", (folder_.path() / "state").string()},
                       {"XDG_CONFIG_HOME", (folder_.path() / "config").string()},
                       {"XDG_CACHE_HOME", (folder_.path() / "cache").string()}};
        auto result = runner_.run(command, Context::with_clock(clock_).with_timeout(std::chrono::seconds{60}));
        EXPECT_THAT(result.err, Not(HasSubstr("a bug in crib"))) << shell_words;
        return result;
    }
    std::string refusal_of(const std::string& shell_words, int code) {
        const auto result = run(shell_words);
        EXPECT_EQ(result.how_it_ended(), "exited with " + std::to_string(code)) << shell_words << "\n" << result.err;
        return result.err;
    }

    TempFolder folder_{fs::temp_directory_path()};
    SystemClock clock_;
    process::BoostRunner runner_;
};

TEST_F(ARefusedPath, IsRelativeToAFolderThatIsGone) {
    EXPECT_THAT(refusal_of("mkdir gone; cd gone; rmdir ../gone; exec \"$CRIB\" --state here ls", 2),
                HasSubstr("here: the current folder, from which it is meant, cannot be used"));
}

TEST_F(ARefusedPath, IsACheckoutThatIsNone) {
    EXPECT_THAT(refusal_of("CRIB_SOURCE=\"$PWD\" exec \"$CRIB\" schema", 2), HasSubstr("is no checkout of crib"));
}

TEST_F(ARefusedPath, IsAFifoThatNobodyWritesTo) {
    ASSERT_EQ(::mkfifo((folder_.path() / "ff").c_str(), 0600), 0);
    EXPECT_THAT(refusal_of("exec \"$CRIB\" open ff", 2), HasSubstr("ff: is a FIFO"));
    EXPECT_FALSE(fs::exists(folder_.path() / "state"));
    EXPECT_THAT(refusal_of("exec \"$CRIB\" lock --diff ff ff", 2), HasSubstr("ff: is a FIFO"));
    EXPECT_THAT(refusal_of("CRIB_MIRRORS=ff exec \"$CRIB\" components", 2), HasSubstr("ff: is a FIFO"));
}

// The doctor tells it among all else that it finds.
TEST_F(ARefusedPath, OfMirrorsIsToldByTheDoctor) {
    EXPECT_THAT(run("CRIB_MIRRORS=none exec \"$CRIB\" doctor").out, HasSubstr("none: there is no such file"));
}

TEST_F(ARefusedPath, NeedsMoreDescriptorsThanThereAre) {
    for (const auto* words : {"validate x.json", "versions", "ls", "version", "components", "doctor"}) {
        for (const auto* limit : {"4", "5", "6"}) {
            const auto result = run("ulimit -n " + std::string(limit) + "; exec \"$CRIB\" " + words);
            EXPECT_THAT(result.how_it_ended(), ::testing::AnyOf("exited with 0", "exited with 2", "exited with 3"))
                << words << " with " << limit << "\n"
                << result.err;
        }
    }
}

}  // namespace
}  // namespace crib::cli
