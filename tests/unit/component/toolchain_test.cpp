// Finding a Go that is new enough, on machines that have one and on machines that have an old one.

#include "harness/component/go_toolchain.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "tests/support/manual_clock.h"
#include "tests/support/recording_runner/recording_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crib::component {
namespace {

namespace fs = std::filesystem;
using test::exited;
using testing::HasSubstr;

class Toolchain : public testing::Test {
protected:
    Toolchain() {
        write_file(pins(), R"({"version": "1.26.8", "sums": {"linux-amd64": "h1:right"}})");
        write_file(fetched() / "bin/go", "", 0644);
    }
    [[nodiscard]] fs::path pins() const { return folder_.path() / "pins.json"; }
    [[nodiscard]] fs::path fetched() const {
        make_folder(folder_.path() / "toolchain/bin");
        make_folder(folder_.path() / "toolchain/pkg/tool");
        return folder_.path() / "toolchain";
    }
    void offer(const std::string& sum) {
        runner_.on({"go", "mod", "download"},
                   exited(0, R"({"Dir": ")" + fetched().string() + R"(", "Sum": ")" + sum + R"("})"));
    }
    GoToolchain find(const std::string& at_least) {
        return find_go_toolchain(runner_, at_least, pins(), Context::with_clock(clock_));
    }
    TempFolder folder_{fs::temp_directory_path()};
    test::RecordingRunner runner_;
    test::ManualClock clock_;
};

TEST_F(Toolchain, IsTheMachinesOwnWhenItIsNewEnough) {
    runner_.on({"go", "version"}, exited(0, "go version go1.26.8 linux/amd64\n"));
    EXPECT_EQ(find("1.26.3").program, "go");
    EXPECT_EQ(runner_.lines().size(), 1U);
}

TEST_F(Toolchain, IsFetchedThroughAnOldGoAndMadeExecutable) {
    runner_.on({"go", "version"}, exited(0, "go version go1.19.8 linux/amd64\n"));
    offer("h1:right");
    const GoToolchain found = find("1.26.3");
    EXPECT_EQ(found.version, "1.26.8");
    EXPECT_EQ(found.program, fetched() / "bin/go");
    EXPECT_NE(fs::status(found.program).permissions() & fs::perms::owner_exec, fs::perms::none);
}

TEST_F(Toolchain, IsChosenWithoutFetchingIt) {
    runner_.on({"go", "version"}, exited(0, "go version go1.19.8 linux/amd64\n"));
    const auto chosen = choose_go_toolchain(runner_, "1.26.3", pins(), Context::with_clock(clock_));
    EXPECT_EQ(chosen.version, "1.26.8");
    EXPECT_EQ(chosen.program, "");
    EXPECT_EQ(runner_.lines().size(), 1U);
    EXPECT_THROW(static_cast<void>(choose_go_toolchain(runner_, "1.27", pins(), Context::with_clock(clock_))), Error);
}

TEST_F(Toolchain, IsRefusedWhenItsSumIsNotThePinnedOne) {
    runner_.on({"go", "version"}, exited(0, "go version go1.19.8 linux/amd64\n"));
    offer("h1:wrong");
    EXPECT_THROW(static_cast<void>(find("1.26.3")), Error);
}

TEST_F(Toolchain, NamesTheCureOnAMachineWithoutGo) {
    runner_.refuse_others();
    try {
        static_cast<void>(find("1.26.3"));
        FAIL() << "a toolchain was found";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::environment);
        EXPECT_THAT(error.hint(), HasSubstr("golang-go"));
    }
}

TEST_F(Toolchain, IsAskedForItsVersionForASmallWhileOnly) {
    runner_.on({"go", "version"}, process::Result{process::TimedOut{}, {}, {}, {}});
    try {
        static_cast<void>(find("1.26.3"));
        FAIL() << "a toolchain was found";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::timeout);
        EXPECT_THAT(error.what(), HasSubstr("no Go toolchain: go did not end in time"));
    }
    EXPECT_TRUE(runner_.commands().at(0).ends_with_crib);
}

}  // namespace
}  // namespace crib::component
