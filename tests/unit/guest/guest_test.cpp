#include "harness/guest/guest.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "tests/support/manual_clock.h"
#include "tests/support/ssh_server/scripted_ssh_server.h"

#include <gmock/gmock.h>

#include <barrier>
#include <thread>

namespace crib::guest {
namespace {

using namespace std::chrono_literals;
using Server = test::ScriptedSshServer;
using End = Server::Reply::End;
using Greeting = Server::Greeting;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

class GuestTest : public testing::Test {
protected:
    explicit GuestTest(Server::Handler handler = [](const Server::Request&) { return Server::Reply{}; })
        : server_(std::move(handler)) {}

    Context context() { return Context::with_clock(clock_).with_timeout(10min); }
    OnProgress progress() {
        return [this](const std::string& seen) { seen_.push_back(seen); };
    }
    std::string error_of_waiting(ErrorKind kind) {
        try {
            guest_.wait_ready(context(), progress());
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), kind);
            return error.what();
        }
        return "no error";
    }
    void console(const std::string& text) { append_file(folder_.path() / "console.log", text); }

    test::ManualClock clock_;
    TempFolder folder_{std::filesystem::temp_directory_path()};
    Server server_;
    Guest guest_{"worker1", "192.168.76.12", server_.target(), folder_.path() / "console.log"};
    std::vector<std::string> seen_;
};

using WaitingForANode = GuestTest;

TEST_F(WaitingForANode, EndsWhenItsSshAnswers) {
    guest_.wait_ready(context(), progress());
    EXPECT_THAT(seen_, ElementsAre("SSH answers"));
    EXPECT_TRUE(guest_.run({.script = "true"}, context()).ok());
    EXPECT_EQ(server_.connections(), 1) << "the connection should have been used again";
}

TEST_F(WaitingForANode, IsPatientWithResetsAndTellsWhatTheConsoleShows) {
    server_.greet_next({Greeting::reset, Greeting::reset, Greeting::reset});
    console("[    2.3] EXT4-fs (vda): mounted\r\n");
    guest_.wait_ready(context(), progress());
    EXPECT_THAT(seen_, ElementsAre("booting: [    2.3] EXT4-fs (vda): mounted", "SSH answers"));
    EXPECT_EQ(server_.connections(), 4);
}

TEST_F(WaitingForANode, EndsAtOnceWhenTheKernelPanics) {
    server_.greet_next({Greeting::silent});
    std::jthread kernel([this] {
        while (server_.connections() == 0) std::this_thread::yield();
        console("[    3.1] Kernel panic - not syncing: Attempted to kill init!\r\n");
    });
    EXPECT_EQ(error_of_waiting(ErrorKind::guest),
              "worker1: kernel panic: [    3.1] Kernel panic - not syncing: Attempted to kill init!");
}

TEST_F(WaitingForANode, EndsAtOnceAtAnEmergencyShellOrAnOomKill) {
    server_.greet_next(std::vector<Greeting>(100, Greeting::reset));
    console("[   20.0] Out of memory: Killed process 300 (apt-get) total-vm:80000kB\n");
    EXPECT_THAT(error_of_waiting(ErrorKind::guest), HasSubstr("out of memory: [   20.0] Out of memory"));
}

TEST_F(WaitingForANode, IsNotStoppedByAWarning) {
    console("[   20.0] watchdog: BUG: soft lockup - CPU#1 stuck for 22s!\n");
    guest_.wait_ready(context(), progress());
    ASSERT_EQ(guest_.console_findings().size(), 1U);
    EXPECT_EQ(guest_.console_findings()[0].kind, FindingKind::kernel_trouble);
}

TEST_F(WaitingForANode, ReportsWhatWasSeenLastWhenTheTimeIsOver) {
    server_.greet_next(std::vector<Greeting>(10000, Greeting::reset));
    console("A start job is running for dev-vda.device (1min 30s / no limit)\r");
    const Context soon = Context::with_clock(clock_).with_timeout(3s);
    try {
        guest_.wait_ready(soon, progress());
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::timeout);
        EXPECT_THAT(error.what(), HasSubstr("waiting for worker1 to boot: not within"));
        EXPECT_THAT(error.what(), HasSubstr("console: A start job is running for dev-vda.device"));
    }
}

// With a limit of 3 s and a try each 300 ms, the last two looks are the one at the deadline and the one after it.
TEST_F(WaitingForANode, IsToldThatItWasLateWhenTheNodeAnswersJustAfterItsLimit) {
    server_.greet_next(std::vector<Greeting>(11, Greeting::reset));
    try {
        guest_.wait_ready(Context::with_clock(clock_).with_timeout(3s), progress());
        FAIL() << "late is not in time";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::timeout);
        EXPECT_THAT(error.what(), HasSubstr("not within 3.0s, became true 300ms late"));
    }
}

TEST_F(WaitingForANode, EndsWhenItsLinuxHasSaidNothingForThreeMinutes) {
    server_.greet_next(std::vector<Greeting>(10000, Greeting::reset));
    console("[    0.000000] Linux version 6.12.57+deb13-amd64\r\n[    3.2] random: crng init done\r\n");
    const auto began = clock_.now();
    EXPECT_EQ(error_of_waiting(ErrorKind::guest),
              "worker1 hangs: SSH does not answer, and its console has been silent for 3m00s after: "
              "[    3.2] random: crng init done");
    EXPECT_LT(clock_.now() - began, 3min + 5s);
}

TEST_F(WaitingForANode, GoesOnWhileItsConsoleDoes) {
    server_.greet_next(std::vector<Greeting>(5, Greeting::reset));
    console("[    0.000000] Linux version 6.12.57+deb13-amd64\r\n");
    const auto slowly = [this](const std::string& seen) {
        seen_.push_back(seen);
        if (seen_.size() > 4) return;
        clock_.advance(2min);
        console(std::to_string(seen_.size()) + " start jobs are running\r");
    };
    guest_.wait_ready(context(), slowly);
    EXPECT_EQ(seen_.back(), "SSH answers");
}

TEST_F(WaitingForANode, TakesTheSilenceOfAConsoleThatLinuxNeverUsedForNoSign) {
    server_.greet_next(std::vector<Greeting>(10000, Greeting::reset));
    console("Booting from Hard Disk...\r\n");
    EXPECT_THAT(error_of_waiting(ErrorKind::timeout), HasSubstr("console: Booting from Hard Disk..."));
}

TEST_F(WaitingForANode, EndsAtOnceWhenTheWrongHostAnswers) {
    server_.greet_next({Greeting::other_host});
    EXPECT_THAT(error_of_waiting(ErrorKind::ssh), HasSubstr("the host key"));
    EXPECT_EQ(server_.connections(), 1);
}

TEST_F(WaitingForANode, GivesAFirstBootTimeToPutTheKeyInPlace) {
    server_.greet_next({Greeting::refuse_key, Greeting::refuse_key});
    guest_.wait_ready(context(), progress());
    EXPECT_THAT(seen_, ElementsAre("SSH answers but does not take the run's key yet", "SSH answers"));
}

TEST_F(WaitingForANode, GivesUpOnAServerThatGoesOnRefusingTheKey) {
    server_.greet_next(std::vector<Greeting>(10000, Greeting::refuse_key));
    const auto faster = [this](const std::string& seen) {
        seen_.push_back(seen);
        clock_.advance(100s);
    };
    EXPECT_THROW(guest_.wait_ready(context(), faster), Error);
    EXPECT_LE(server_.connections(), 2);
}

TEST_F(WaitingForANode, EndsAtOnceWhenTheUserStops) {
    server_.greet_next({Greeting::silent});
    std::stop_source stop;
    std::jthread user([&] {
        while (server_.connections() == 0) std::this_thread::yield();
        stop.request_stop();
    });
    try {
        guest_.wait_ready(context().with_stop(stop.get_token()), progress());
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::cancelled) << error.what();
    }
}

// Answers by what the script contains.
class CommandsOnANode : public GuestTest {
protected:
    CommandsOnANode()
        : GuestTest([this](const Server::Request& request) {
              const auto has = [&](const char* text) { return request.input.find(text) != std::string::npos; };
              if (has("together")) together_.arrive_and_wait();
              if (has("drop")) return Server::Reply{.out = "begun\n", .end = End::drop};
              if (has("panics")) return Server::Reply{.out = "begun\n", .end = End::deaf};
              return Server::Reply{};
          }) {}
    std::barrier<> together_{2};
};

TEST_F(CommandsOnANode, RunSideBySideFromSeveralThreads) {
    // Each waits in the server for the other: one after the other they would never end.
    std::jthread other([this] { EXPECT_TRUE(guest_.run({.script = "together"}, context()).ok()); });
    EXPECT_TRUE(guest_.run({.script = "together"}, context()).ok());
    other.join();
    EXPECT_TRUE(guest_.run({.script = "alone"}, context()).ok());
    EXPECT_EQ(server_.connections(), 2);
}

TEST_F(CommandsOnANode, AreNeverRunAgainWhenTheConnectionBroke) {
    guest_.wait_ready(context(), {});
    const auto result = guest_.run({.script = "drop"}, context());
    ASSERT_TRUE(std::holds_alternative<ssh::Disconnected>(result.end)) << result.how_it_ended();
    EXPECT_TRUE(std::get<ssh::Disconnected>(result.end).started);
    EXPECT_EQ(server_.requests().size(), 1U);
    EXPECT_TRUE(guest_.run({.script = "next"}, context()).ok()) << "a later command should connect anew";
}

TEST_F(CommandsOnANode, GoThroughWhenTheIdleConnectionWasCutMeanwhile) {
    guest_.wait_ready(context(), {});
    server_.cut_connections();
    EXPECT_TRUE(guest_.run({.script = "next"}, context()).ok());
    EXPECT_EQ(server_.requests().size(), 1U);
    EXPECT_EQ(server_.connections(), 2);
}

TEST_F(CommandsOnANode, WaitOutAShortAbsenceOfTheServer) {
    server_.greet_next({Greeting::reset, Greeting::reset});
    EXPECT_TRUE(guest_.run({.script = "next"}, context()).ok());
}

TEST_F(CommandsOnANode, EndAtOnceWhenTheNodePanics) {
    ssh::Exec exec{.script = "panics"};
    exec.on_out = [this](std::string_view) { console("Kernel panic - not syncing: Fatal exception\n"); };
    const auto result = guest_.run(exec, context());
    EXPECT_EQ(result.how_it_ended(), "lost the connection: kernel panic: Kernel panic - not syncing: Fatal exception");
    const auto next = guest_.run({.script = "next"}, context());
    ASSERT_TRUE(std::holds_alternative<ssh::Disconnected>(next.end));
}

TEST_F(CommandsOnANode, AreNotStartedOnAServerThatStaysAway) {
    server_.greet_next(std::vector<Greeting>(10000, Greeting::reset));
    const auto result = guest_.run({.script = "next"}, context());
    ASSERT_TRUE(std::holds_alternative<ssh::Disconnected>(result.end)) << result.how_it_ended();
    EXPECT_FALSE(std::get<ssh::Disconnected>(result.end).started);
    EXPECT_TRUE(server_.requests().empty());
}

TEST_F(CommandsOnANode, EndWithTheirContextWhileConnecting) {
    server_.greet_next(std::vector<Greeting>(10000, Greeting::reset));
    const auto result = guest_.run({.script = "next"}, Context::with_clock(clock_).with_timeout(2s));
    EXPECT_FALSE(result.ok());
    EXPECT_TRUE(server_.requests().empty());
}

}  // namespace
}  // namespace crib::guest
