#include "harness/base/error.h"
#include "tests/support/manual_clock.h"
#include "tests/support/recording_runner/recording_runner.h"

#include <gmock/gmock.h>

namespace crib::process {
namespace {

using test::command;
using test::exited;
using test::RecordingRunner;
using testing::HasSubstr;

class OutputOf : public testing::Test {
protected:
    test::ManualClock clock_;
    Context context_ = Context::with_clock(clock_);
    RecordingRunner runner_;
};

TEST(Command, IsShownAsAPersonWouldTypeIt) {
    Command qemu_img = command("qemu-img", {"create", "a b.qcow2"});
    qemu_img.env["LC_ALL"] = "C";
    qemu_img.env["HOME"] = std::nullopt;
    EXPECT_EQ(to_string(qemu_img), "LC_ALL=C qemu-img create 'a b.qcow2'");
}

TEST(Result, SaysHowTheProgramEnded) {
    EXPECT_EQ(exited(2).how_it_ended(), "exited with 2");
    EXPECT_EQ((Result{Signaled{9}, {}, {}, {}}).how_it_ended(), "was killed by signal 9");
    EXPECT_EQ((Result{TimedOut{}, {}, {}, {}}).how_it_ended(), "did not end in time");
    EXPECT_EQ((Result{Cancelled{}, {}, {}, {}}).how_it_ended(), "was cancelled");
    EXPECT_TRUE(exited(0).ok());
    EXPECT_FALSE(exited(1).ok());
    EXPECT_FALSE((Result{Signaled{0}, {}, {}, {}}).ok());
}

TEST_F(OutputOf, GivesWhatTheProgramWrote) {
    runner_.on({"uname", "-r"}, exited(0, "6.1\n"));
    EXPECT_EQ(output_of(runner_, command("uname", {"-r"}), context_), "6.1\n");
}

TEST_F(OutputOf, FailsWithTheEndOfWhatTheProgramComplainedAbout) {
    runner_.on({"go"}, exited(1, "", "one\ntwo\nthree\nfour\nfive\nsix\n"));
    try {
        output_of(runner_, command("go", {"build", "./a b"}), context_);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::process);
        EXPECT_THAT(error.what(), HasSubstr("go exited with 1: two"));
        EXPECT_THAT(error.what(), HasSubstr("six"));
        EXPECT_THAT(error.hint(), HasSubstr("go build './a b'"));
    }
}

TEST_F(OutputOf, TellsTimeOutAndCancelApart) {
    runner_.on({"slow"}, Result{TimedOut{}, {}, {}, {}});
    runner_.on({"stopped"}, Result{Cancelled{}, {}, {}, {}});
    try {
        output_of(runner_, command("slow"), context_);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::timeout);
    }
    try {
        output_of(runner_, command("stopped"), context_);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::cancelled);
    }
}

}  // namespace
}  // namespace crib::process
