// The real runner against real programs of /bin.
#include "harness/process/boost_runner.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "tests/support/recording_runner/recording_runner.h"

#include <gmock/gmock.h>

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <filesystem>
#include <thread>

namespace crib::process {
namespace {

using test::command;
using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

Command shell(const std::string& script) {
    return command("sh", {"-c", script});
}

// The kernel has forgotten the process, or it is a zombie that waits for init.
bool is_gone(int pid) {
    for (int i = 0; i < 100; ++i) {
        const std::string status = read_tail(fmt::format("/proc/{}/stat", pid), 4096);
        if (status.empty() || status.find(") Z ") != std::string::npos) return true;
        std::this_thread::sleep_for(20ms);
    }
    return false;
}

class BoostRunnerTest : public testing::Test {
protected:
    Result run(const Command& what) { return runner_.run(what, context_); }

    SystemClock clock_;
    Context context_ = Context::with_clock(clock_).with_timeout(30s);
    BoostRunner runner_;
};

TEST_F(BoostRunnerTest, GivesBothStreamsAndTheExitStatus) {
    const Result result = run(shell("echo out; echo err >&2; exit 7"));
    EXPECT_EQ(result.how_it_ended(), "exited with 7");
    EXPECT_EQ(result.out, "out\n");
    EXPECT_EQ(result.err, "err\n");
    EXPECT_GT(result.took, 0ms);
}

TEST_F(BoostRunnerTest, TellsWhenASignalKilledTheProgram) {
    EXPECT_EQ(run(shell("kill -SEGV $$")).how_it_ended(), "was killed by signal 11");
}

TEST_F(BoostRunnerTest, GivesInputAndThenItsEnd) {
    Command cat = command("cat");
    cat.input = std::string(300000, 'x');
    EXPECT_EQ(run(cat).out, cat.input);
    cat.input.clear();
    EXPECT_EQ(run(cat).out, "");
}

TEST_F(BoostRunnerTest, DoesNotMindAProgramThatIgnoresItsInput) {
    Command ignores = command("true");
    ignores.input = std::string(300000, 'x');
    EXPECT_TRUE(run(ignores).ok());
}

TEST_F(BoostRunnerTest, SetsAndUnsetsVariablesAndTheFolder) {
    ::setenv("CRIB_TEST_GONE", "here", 1);
    Command show = shell("echo $CRIB_TEST_A ${CRIB_TEST_GONE-none} $PWD");
    show.env["CRIB_TEST_A"] = "a b";
    show.env["CRIB_TEST_GONE"] = std::nullopt;
    show.cwd = "/usr";
    EXPECT_EQ(run(show).out, "a b none /usr\n");
}

TEST_F(BoostRunnerTest, PassesOnOnlyTheVariablesThatACommandInherits) {
    ::setenv("CRIB_TEST_KEPT", "kept", 1);
    ::setenv("CRIB_TEST_GONE", "here", 1);
    Command show = shell("echo $CRIB_TEST_A $CRIB_TEST_KEPT ${CRIB_TEST_GONE-none}");
    show.env["CRIB_TEST_A"] = "a";
    show.inherits = {"PATH", "CRIB_TEST_KEPT"};
    EXPECT_EQ(run(show).out, "a kept none\n");
}

TEST_F(BoostRunnerTest, StreamsEachLineWhileTheProgramRuns) {
    std::vector<std::string> lines;
    Command talk = shell("echo one; echo two >&2; printf three");
    talk.on_out = [&](std::string_view line) { lines.emplace_back(line); };
    run(talk);
    EXPECT_THAT(lines, ElementsAre("one", "three"));
}

TEST_F(BoostRunnerTest, ACallbackThatThrowsEndsTheProgram) {
    Command talk = shell("echo $$; sleep 60");
    int pid = 0;
    talk.on_out = [&](std::string_view line) {
        pid = std::stoi(std::string(line));
        throw Error(ErrorKind::internal, "enough");
    };
    EXPECT_THROW(run(talk), Error);
    EXPECT_TRUE(is_gone(pid));
}

TEST_F(BoostRunnerTest, NamesAProgramThatIsNotInstalled) {
    try {
        run(command("crib-no-such-program"));
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::process);
        EXPECT_THAT(error.what(), HasSubstr("crib-no-such-program"));
        EXPECT_THAT(error.hint(), HasSubstr("install crib-no-such-program"));
    }
    EXPECT_THROW(run(command("/etc/passwd")), Error);
    EXPECT_THROW(run(command("/no/such/file")), Error);
}

TEST_F(BoostRunnerTest, EndsTheWholeGroupWhenTheDeadlinePasses) {
    const auto begin = std::chrono::steady_clock::now();
    const Result result = runner_.run(shell("sleep 60 & echo $!; wait"), context_.with_timeout(200ms));
    EXPECT_EQ(result.how_it_ended(), "did not end in time");
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
    EXPECT_TRUE(is_gone(std::stoi(result.out)));
}

TEST_F(BoostRunnerTest, KillsAProgramThatIgnoresSigterm) {
    const Result result =
        runner_.run(shell("trap '' TERM; sleep 60 & echo $!; wait; sleep 60"), context_.with_timeout(100ms));
    EXPECT_TRUE(std::holds_alternative<TimedOut>(result.end));
    EXPECT_GE(result.took, 2s);
    EXPECT_TRUE(is_gone(std::stoi(result.out)));
}

TEST_F(BoostRunnerTest, StopsAtOnceWhenAsked) {
    std::stop_source stop;
    std::jthread later([&] {
        std::this_thread::sleep_for(100ms);
        stop.request_stop();
    });
    const auto begin = std::chrono::steady_clock::now();
    const Result result = runner_.run(command("sleep", {"60"}), context_.with_stop(stop.get_token()));
    EXPECT_EQ(result.how_it_ended(), "was cancelled");
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
    EXPECT_TRUE(std::holds_alternative<Cancelled>(
        runner_.run(command("sleep", {"60"}), context_.with_stop(stop.get_token())).end));
}

TEST_F(BoostRunnerTest, KillsWhatTheProgramLeftBehind) {
    const Result result = run(shell("sleep 60 >/dev/null 2>&1 & echo $!"));
    EXPECT_TRUE(result.ok());
    EXPECT_TRUE(is_gone(std::stoi(result.out)));
}

TEST_F(BoostRunnerTest, DoesNotWaitForADaemonThatKeepsTheStreamsOpen) {
    const Result result = run(shell("setsid sleep 20 & echo $!"));
    EXPECT_TRUE(result.ok());
    EXPECT_LT(result.took, 10s);
    ::kill(std::stoi(result.out), SIGKILL);
}

TEST_F(BoostRunnerTest, TheProgramDoesNotInheritBlockedSignals) {
    sigset_t block;
    sigset_t before;
    sigemptyset(&block);
    sigaddset(&block, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &block, &before);
    const Result result = runner_.run(command("sleep", {"60"}), context_.with_timeout(100ms));
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    EXPECT_LT(result.took, 1500ms);  // SIGTERM was enough
}

TEST_F(BoostRunnerTest, LeaksNoDescriptorsIntoTheProgramOrIntoCrib) {
    const auto count = [] { return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}); };
    const auto before = count();
    const int extra = ::dup(0);
    EXPECT_EQ(run(shell("ls /proc/self/fd | wc -l")).out, "4\n");  // three streams and ls's own
    ::close(extra);
    EXPECT_THROW(run(command("crib-no-such-program")), Error);
    EXPECT_EQ(count(), before);
}

TEST_F(BoostRunnerTest, ServesEightThreadsWithFullStreams) {
    std::atomic<int> right = 0;
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 8; ++t) {
            threads.emplace_back([&] {
                for (int i = 0; i < 15; ++i) {
                    const Result result = run(shell("head -c 200000 /dev/zero; head -c 200000 /dev/zero >&2; exit 3"));
                    const bool good = result.out.size() == 200000 && result.err.size() == 200000;
                    if (good && result.how_it_ended() == "exited with 3") ++right;
                }
            });
        }
    }
    EXPECT_EQ(right, 120);
}

TEST_F(BoostRunnerTest, KillsInManyThreadsAtOnce) {
    std::atomic<int> right = 0;
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 8; ++t) {
            threads.emplace_back([&] {
                for (int i = 0; i < 5; ++i) {
                    const auto result = runner_.run(shell("yes & sleep 60"), context_.with_timeout(50ms));
                    if (std::holds_alternative<TimedOut>(result.end)) ++right;
                }
            });
        }
    }
    EXPECT_EQ(right, 40);
}

TEST_F(BoostRunnerTest, GivesAProgramItsOwnTimeToEndAndUrgesItOnWhenAsked) {
    std::stop_source stop;
    std::stop_source urge;
    auto slow =
        shell("trap 'n=$((n + 1)); echo $n' TERM; echo ready; while [ \"${n:-0}\" -lt 2 ]; do sleep 0.02; done");
    slow.grace = 25s;
    slow.again = urge.get_token();
    slow.on_out = [&](std::string_view line) {
        if (line == "ready") stop.request_stop();
        if (line == "1") urge.request_stop();
    };
    const auto result = runner_.run(slow, context_.with_stop(stop.get_token()));
    EXPECT_EQ(result.out, "ready\n1\n2\n");
    EXPECT_EQ(result.how_it_ended(), "was cancelled");
    EXPECT_LT(result.took, 20s);
}

TEST_F(BoostRunnerTest, TakesAProgramWithItWhenItIsKilledAndThatIsAskedFor) {
    const TempFolder folder(std::filesystem::temp_directory_path(), "crib-test");
    const auto file = folder.path() / "pid";
    const auto crib = ::fork();
    if (crib == 0) {
        auto child = shell("echo $$ >" + file.string() + "; exec sleep 100");
        child.ends_with_crib = true;
        (void)run(child);
        ::_exit(0);
    }
    while (read_tail(file, 20).find('\n') == std::string::npos) std::this_thread::sleep_for(20ms);
    ::kill(crib, SIGKILL);
    ::waitpid(crib, nullptr, 0);
    EXPECT_TRUE(is_gone(std::stoi(read_tail(file, 20))));
}

}  // namespace
}  // namespace crib::process
