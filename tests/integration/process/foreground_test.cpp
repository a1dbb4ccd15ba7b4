#include "harness/process/foreground.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/wait.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include <csignal>

namespace crib::process {
namespace {

using namespace std::chrono_literals;

std::variant<Exited, Signaled> run_script(const std::string& script) {
    return run_in_foreground({"sh", "-c", script});
}

class ProgramInCribsPlace : public testing::Test {
protected:
    // Whoever runs the tests in the background has some of them ignored.
    void SetUp() override {
        for (const int number : {SIGINT, SIGQUIT, SIGHUP, SIGCHLD}) (void)std::signal(number, SIG_DFL);
    }
};

TEST_F(ProgramInCribsPlace, TellsHowItEnded) {
    EXPECT_EQ(std::get<Exited>(run_script("exit 7")).code, 7);
    EXPECT_EQ(std::get<Exited>(run_script("exit 255")).code, 255);
    EXPECT_EQ(std::get<Signaled>(run_script("kill -TERM $$")).signal, SIGTERM);
    EXPECT_THROW((void)run_in_foreground({"no-such-program"}), Error);
}

// Of a command for a node, all words are one argument of ssh, and the system takes none above 128 KiB.
TEST_F(ProgramInCribsPlace, IsNamedWhenTheSystemRefusesToStartIt) {
    try {
        (void)run_in_foreground({"true", std::string(std::size_t{200} << 10U, 'x')});
        ADD_FAILURE() << "it was started";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::process);
        EXPECT_THAT(error.what(), testing::HasSubstr("cannot start true: Argument list too long"));
        EXPECT_THAT(error.hint(), testing::HasSubstr("shorter arguments"));
    }
}

TEST_F(ProgramInCribsPlace, GoesOnWhenTheTerminalIsClosedWhereTheUserSaidNohup) {
    EXPECT_EQ(std::get<Signaled>(run_script("kill -HUP $$; exit 4")).signal, SIGHUP);
    (void)std::signal(SIGHUP, SIG_IGN);
    EXPECT_EQ(std::get<Exited>(run_script("kill -HUP $$; exit 4")).code, 4);
}

TEST_F(ProgramInCribsPlace, HasAnExitCodeAlsoWhereCribWasStartedWithoutWordOfItsChildren) {
    (void)std::signal(SIGCHLD, SIG_IGN);
    EXPECT_EQ(std::get<Exited>(run_script("exit 7")).code, 7);
    EXPECT_EQ(std::signal(SIGCHLD, SIG_DFL), SIG_IGN) << "as it was before";
}

TEST_F(ProgramInCribsPlace, IsInCribsProcessGroupWhichATerminalTalksTo) {
    EXPECT_EQ(std::get<Exited>(run_script(fmt::format("test $(ps -o pgid= -p $$) -eq {}", ::getpgrp()))).code, 0);
}

TEST_F(ProgramInCribsPlace, GetsAloneWhatIsTypedToInterruptIt) {
    EXPECT_EQ(std::get<Exited>(run_script("kill -INT $PPID; kill -QUIT $PPID; exit 5")).code, 5);
    EXPECT_EQ(std::get<Signaled>(run_script("kill -INT $$")).signal, SIGINT);
    EXPECT_EQ(std::signal(SIGINT, SIG_DFL), SIG_DFL) << "as it was before";
}

TEST_F(ProgramInCribsPlace, EndsWhenCribIsKilled) {
    const TempFolder folder{std::filesystem::temp_directory_path(), "crib-test"};
    const auto said = folder.path() / "said";
    write_file(said, "");
    const auto crib = ::fork();
    if (crib == 0) {
        (void)run_script(fmt::format("trap 'echo ended >>{0}; exit' TERM; echo up >>{0}; while :; do sleep 0.05; done",
                                     said.string()));
        ::_exit(0);
    }
    SystemClock clock;
    const auto context = Context::with_clock(clock).with_timeout(20s);
    const auto wait_for = [&](const std::string& word) {
        require_within(context, "the program's word", 10ms, [&] {
            return read_file(said).find(word) != std::string::npos ? Observation::ready()
                                                                   : Observation::not_yet("no word yet");
        });
    };
    wait_for("up");
    ::kill(crib, SIGKILL);
    ::waitpid(crib, nullptr, 0);
    wait_for("ended");
}

}  // namespace
}  // namespace crib::process
