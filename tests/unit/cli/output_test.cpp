// What crib prints, and what becomes of its exit code when that is lost.

#include "harness/cli/output.h"
#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/cli/exit_code.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <new>
#include <system_error>

namespace crib::cli {
namespace {

using ::testing::HasSubstr;

// The two ends of a pipe.
struct Pipe {
    Pipe() {
        std::array<int, 2> ends{-1, -1};
        if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) throw std::runtime_error("no pipe");
        reader.reset(ends[0]);
        writer.reset(ends[1]);
    }
    std::string text() const {
        std::array<char, 4096> buffer{};
        const auto count = ::read(reader.get(), buffer.data(), buffer.size());
        return {buffer.data(), count < 0 ? 0 : static_cast<std::size_t>(count)};
    }
    UniqueFd reader;
    UniqueFd writer;
};

class Printing : public ::testing::Test {
protected:
    Pipe out;
    Pipe err;
    Output output{out.writer.get(), err.writer.get()};
};

TEST_F(Printing, MakesEachForeignTextAPieceOfOneLine) {
    output.print("{} {:>3}|{:<4}|\n", std::string("a\x1b[2Jb\nc\u202E"), 7, "é");
    EXPECT_EQ(out.text(), "ab c\uFFFD   7|é   |\n");
    output.say("{}\n", std::string_view("\x1b]0;title\ax\ny"));
    EXPECT_EQ(err.text(), "x y\n");
}

TEST_F(Printing, KeepsTheLinesOfABlock) {
    output.print_lines("a\x1b[2J\nb\n");
    output.print_json("{\"x\": \"\u202E\"}\n");
    output.print_exact("\x1b[1mbold\x1b[0m\n");
    EXPECT_EQ(out.text(), "a\nb\n{\"x\": \"\\u202e\"}\n\x1b[1mbold\x1b[0m\n");
}

TEST_F(Printing, IsNotGoneOnWithForAReaderWhoHasSeenEnough) {
    std::signal(SIGPIPE, SIG_IGN);
    output.print("first\n");
    EXPECT_TRUE(output.is_taken());
    out.reader.reset();
    output.print("second\n");
    EXPECT_FALSE(output.is_taken());
}

TEST_F(Printing, LeavesTheExitCodeAloneWhenAllWentWell) {
    output.print("text\n");
    for (const int code : {0, 1, 2, 3, 130}) EXPECT_EQ(output.exit_code_after(code), code);
    EXPECT_EQ(err.text(), "");
}

TEST_F(Printing, FailsWhenTheResultIsLost) {
    Output lost(out.reader.get(), err.writer.get());  // which cannot be written to
    lost.print("text\n");
    EXPECT_EQ(lost.exit_code_after(0), 3);
    EXPECT_EQ(err.text(), "crib: cannot write to standard output: Bad file descriptor\n");
    EXPECT_EQ(lost.exit_code_after(1), 3) << "what is said to have failed was not said";
    EXPECT_EQ(lost.exit_code_after(2), 2);
    EXPECT_EQ(lost.exit_code_after(130), 130);
}

TEST_F(Printing, IsQuietWhenTheReaderHasHadEnough) {
    std::signal(SIGPIPE, SIG_IGN);
    out.reader.reset();
    output.print("text\n");
    EXPECT_EQ(output.exit_code_after(0), 0);
    EXPECT_EQ(err.text(), "");
}

TEST_F(Printing, CaresNothingForALostWordOnStandardError) {
    Output deaf(out.writer.get(), err.reader.get());
    deaf.say("a warning\n");
    deaf.print("the result\n");
    EXPECT_EQ(deaf.exit_code_after(0), 0);
    EXPECT_EQ(out.text(), "the result\n");
}

TEST(Failures, AreTheUsersTheMachinesOrABug) {
    EXPECT_EQ(failure_of(Error(ErrorKind::usage, "no such file")).exit_code, 2);
    EXPECT_EQ(failure_of(Error(ErrorKind::environment, "no disk")).exit_code, 3);
    EXPECT_EQ(failure_of(Error(ErrorKind::cancelled, "stopped")).exit_code, 130);
    EXPECT_EQ(failure_of(std::bad_alloc()).text, "out of memory");
    const auto code = [](std::errc error) { return std::make_error_code(error); };
    EXPECT_THAT(failure_of(std::system_error(code(std::errc::too_many_files_open))).hint, HasSubstr("ulimit -n"));
    using std::filesystem::filesystem_error;
    const auto gone = failure_of(filesystem_error("no folder", code(std::errc::no_such_file_or_directory)));
    EXPECT_EQ(gone.exit_code, 2);
    EXPECT_THAT(gone.text, HasSubstr("current folder"));
    EXPECT_EQ(failure_of(filesystem_error("cannot list", "/closed", code(std::errc::permission_denied))).text,
              "cannot use /closed: Permission denied");
    EXPECT_EQ(failure_of(std::logic_error("oops")).text, "a bug in crib: oops");
    EXPECT_EQ(failure_of(std::logic_error("oops")).exit_code, 3);
}

TEST(Failures, AreToldWithNoLineThatCouldBeTakenForCribsOwn) {
    EXPECT_EQ(to_text({2, "a.json\ncrib: all is well", "look\nthere"}),
              "crib: a.json\n  crib: all is well\n  look\n  there\n");
}

}  // namespace
}  // namespace crib::cli
