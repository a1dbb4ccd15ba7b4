// The client against a scripted server in this process: what no real sshd can be made to do.

#include "harness/ssh/session.h"
#include "tests/support/manual_clock.h"
#include "tests/support/ssh_server/scripted_ssh_server.h"

#include <gmock/gmock.h>

#include <functional>
#include <mutex>

namespace crib::ssh {
namespace {

using namespace std::chrono_literals;
using Server = test::ScriptedSshServer;
using End = Server::Reply::End;
using Greeting = Server::Greeting;
using testing::ElementsAre;
using testing::HasSubstr;

Exec script(const std::string& text) {
    return {.script = text};
}

// Time passes with every look at it, once somebody said how fast; but no further than 40 s after the last word of the
// server that it waits for, however late the machine lets that server have its turn.
class RacingClock final : public Clock {
public:
    TimePoint now() const override {
        const std::scoped_lock lock(mutex_);
        if (said_ && said_() != heard_) {
            heard_ = said_();
            heard_at_ = elapsed_;
        }
        if (!said_ || elapsed_ - heard_at_ < 40s) elapsed_ += step_;
        return TimePoint{elapsed_};
    }
    WallTime wall_now() const override { return {}; }
    bool sleep_until(TimePoint, const std::stop_token&) override { return true; }
    void race(Duration step, std::function<std::uint64_t()> said = {}) {
        const std::scoped_lock lock(mutex_);
        step_ = step;
        said_ = std::move(said);
    }

private:
    mutable std::mutex mutex_;
    mutable Duration elapsed_ = 1h;
    Duration step_ = Duration::zero();
    std::function<std::uint64_t()> said_;
    mutable std::uint64_t heard_ = 0;
    mutable Duration heard_at_ = 1h;
};

class SshSession : public testing::Test {
protected:
    void serve(Server::Reply reply) {
        server_.emplace([reply](const Server::Request&) { return reply; });
        session_ = Session::connect(server_->target(), context());
    }
    Context context() { return Context::with_clock(clock_); }

    test::ManualClock clock_;
    std::optional<Server> server_;
    std::unique_ptr<Session> session_;
};

TEST_F(SshSession, ReturnsBothStreamsAndTheExitStatus) {
    serve({.out = "one\ntwo\n", .err = "oh\n", .code = 7});
    const auto result = session_->exec(script("anything"), context());
    EXPECT_EQ(result.out, "one\ntwo\n");
    EXPECT_EQ(result.err, "oh\n");
    EXPECT_EQ(result.exit_code(), 7);
    EXPECT_FALSE(result.ok());
    EXPECT_EQ(result.how_it_ended(), "exited with 7");
}

TEST_F(SshSession, LosesNothingOfALongOutputButKeepsOnlyItsEnd) {
    std::string text;
    for (int i = 0; i < 40000; ++i) text += "line " + std::to_string(i) + "\n";
    serve({.out = text, .err = text});
    int lines = 0;
    Exec exec = script("long");
    exec.keep_bytes = 11;
    exec.on_out = [&](std::string_view) { ++lines; };
    const auto result = session_->exec(exec, context());
    EXPECT_EQ(lines, 40000);
    EXPECT_EQ(result.out, "line 39999\n");
    EXPECT_EQ(result.err, "line 39999\n");
}

TEST_F(SshSession, NamesTheSignalThatKilledTheCommand) {
    serve({.end = End::signal, .signal = "SEGV"});
    const auto result = session_->exec(script("crash"), context());
    EXPECT_EQ(result.how_it_ended(), "was killed by signal SEGV");
    EXPECT_EQ(result.exit_code(), -1);
}

TEST_F(SshSession, ReportsADisconnectWhenTheServerDropsMidCommand) {
    serve({.out = "started\n", .end = End::drop});
    const auto result = session_->exec(script("kubeadm init"), context());
    ASSERT_TRUE(std::holds_alternative<Disconnected>(result.end)) << result.how_it_ended();
    EXPECT_TRUE(std::get<Disconnected>(result.end).started);
    EXPECT_EQ(result.out, "started\n");
    EXPECT_FALSE(session_->usable());
}

TEST_F(SshSession, DoesNotCallACommandWithoutExitStatusASuccess) {
    serve({.out = "done\n", .end = End::no_status});
    const auto result = session_->exec(script("x"), context());
    EXPECT_FALSE(result.ok());
    EXPECT_THAT(result.how_it_ended(), HasSubstr("without saying how the command ended"));
}

TEST_F(SshSession, EndsAHangingCommandAtItsDeadlineAndStaysUsable) {
    serve({.out = "working\n", .end = End::hang});
    Exec exec = script("hang");
    exec.on_out = [&](std::string_view) { clock_.advance(1h); };
    const auto result = session_->exec(exec, context().with_timeout(60s));
    EXPECT_EQ(result.how_it_ended(), "did not end in time");
    EXPECT_EQ(result.out, "working\n");
    EXPECT_TRUE(server_->was_told_to_end_a_command());
    EXPECT_TRUE(session_->usable());
}

TEST_F(SshSession, EndsACommandAtOnceWhenTheUserStops) {
    serve({.out = "working\n", .end = End::hang});
    std::stop_source stop;
    Exec exec = script("hang");
    exec.on_out = [&](std::string_view) { stop.request_stop(); };
    const auto result = session_->exec(exec, context().with_stop(stop.get_token()));
    EXPECT_EQ(result.how_it_ended(), "was cancelled");
    EXPECT_TRUE(server_->was_told_to_end_a_command());
}

TEST_F(SshSession, StartsNothingWhenItIsTooLate) {
    serve({});
    std::stop_source stop;
    stop.request_stop();
    const auto result = session_->exec(script("rm"), context().with_stop(stop.get_token()));
    EXPECT_TRUE(std::holds_alternative<Cancelled>(result.end));
    EXPECT_TRUE(server_->requests().empty());
}

TEST_F(SshSession, NoticesANodeThatAnswersNothingAnyMore) {
    RacingClock clock;
    Server server([](const Server::Request&) { return Server::Reply{.out = "started\n", .end = End::deaf}; });
    const auto session = Session::connect(server.target(), Context::with_clock(clock));
    Exec exec = script("silent");
    exec.on_out = [&](std::string_view) { clock.race(7s); };
    const auto result = session->exec(exec, Context::with_clock(clock));
    ASSERT_TRUE(std::holds_alternative<Disconnected>(result.end)) << result.how_it_ended();
    EXPECT_THAT(result.how_it_ended(), HasSubstr("nothing was heard from it"));
    EXPECT_FALSE(session->usable());
}

TEST_F(SshSession, DoesNotTakeALongSilentCommandForADeadNode) {
    RacingClock clock;
    Server server([](const Server::Request&) { return Server::Reply{.out = "started\n", .end = End::hang}; });
    const auto session = Session::connect(server.target(), Context::with_clock(clock));
    Exec exec = script("apt-get install");
    exec.on_out = [&](std::string_view) { clock.race(3s, [&] { return server.said(); }); };
    const auto result = session->exec(exec, Context::with_clock(clock).with_timeout(130s));
    EXPECT_EQ(result.how_it_ended(), "did not end in time");
}

TEST_F(SshSession, StopsWaitingWhenTheCallerKnowsThatTheNodeIsLost) {
    serve({.out = "started\n", .end = End::deaf});
    std::string why;
    Exec exec = script("x");
    exec.on_out = [&](std::string_view) { why = "kernel panic: oops"; };
    exec.lost_because = [&] { return why; };
    EXPECT_EQ(session_->exec(exec, context()).how_it_ended(), "lost the connection: kernel panic: oops");
}

TEST_F(SshSession, KnowsThatACommandWasNeverStarted) {
    serve({});
    server_->cut_connections();
    const auto target = server_->target();
    server_.reset();
    const auto result = session_->exec(script("x"), context());
    ASSERT_TRUE(std::holds_alternative<Disconnected>(result.end)) << result.how_it_ended();
    EXPECT_FALSE(std::get<Disconnected>(result.end).started);
}

TEST_F(SshSession, SendsTheScriptAndItsVariablesOnStandardInputOnly) {
    serve({});
    Exec exec = script("echo $TOKEN");
    exec.env = {{"TOKEN", "s3cret"}};
    exec.input = "input";
    session_->exec(exec, context());
    const auto request = server_->requests().at(0);
    EXPECT_EQ(request.command.find("s3cret"), std::string::npos);
    EXPECT_THAT(request.input, HasSubstr("export TOKEN=s3cret\n"));
    EXPECT_THAT(request.input, testing::EndsWith("echo $TOKEN\ninput"));
}

TEST_F(SshSession, RefusesToBeUsedByTwoAtOnce) {
    serve({.out = "x\n"});
    Exec exec = script("x");
    exec.on_out = [&](std::string_view) { session_->exec(script("y"), context()); };
    EXPECT_THROW(session_->exec(exec, context()), Error);
}

class SshConnect : public SshSession {
protected:
    ConnectError::Why why_not() {
        try {
            Session::connect(server_.target(), context());
        } catch (const ConnectError& error) {
            message_ = error.what();
            return error.why();
        }
        throw std::logic_error("it connected");
    }
    Server server_;
    std::string message_;
};

TEST_F(SshConnect, TakesAQuickResetForNotYet) {
    server_.greet_next({Greeting::reset});
    EXPECT_EQ(why_not(), ConnectError::Why::not_yet);
}

TEST_F(SshConnect, TakesARefusedConnectionForNotYet) {
    auto target = server_.target();
    target.port = 1;
    try {
        Session::connect(target, context());
        FAIL();
    } catch (const ConnectError& error) {
        EXPECT_EQ(error.why(), ConnectError::Why::not_yet);
        EXPECT_STREQ(error.what(), "node1: SSH at 127.0.0.1:1: Connection refused");
    }
}

TEST_F(SshConnect, GivesUpATryWhenTheServerSaysNothing) {
    server_.greet_next({Greeting::silent});
    try {
        Session::connect(server_.target(), context(), {}, [&] { clock_.advance(5s); });
        FAIL();
    } catch (const ConnectError& error) {
        EXPECT_EQ(error.why(), ConnectError::Why::not_yet);
        EXPECT_THAT(error.what(), HasSubstr("does not speak SSH yet"));
    }
}

TEST_F(SshConnect, LetsTheCallerEndATry) {
    server_.greet_next({Greeting::silent});
    const auto panic = [] { throw Error(ErrorKind::guest, "panic"); };
    EXPECT_THROW(Session::connect(server_.target(), context(), {}, panic), Error);
}

TEST_F(SshConnect, SaysWhenTheKeyIsRefused) {
    server_.greet_next({Greeting::refuse_key});
    EXPECT_EQ(why_not(), ConnectError::Why::denied);
    EXPECT_THAT(message_, HasSubstr("refused the run's key for user root"));
}

TEST_F(SshConnect, SaysWhoseHostKeyDiffers) {
    server_.greet_next({Greeting::other_host});
    EXPECT_EQ(why_not(), ConnectError::Why::wrong_host);
    EXPECT_THAT(message_, HasSubstr("differs from the one made for node1"));
}

TEST_F(SshConnect, TellsItsOwnTimeoutFromTheCallers) {
    server_.greet_next({Greeting::silent});
    try {
        Session::connect(server_.target(), context().with_timeout(2s), {}, [&] { clock_.advance(5s); });
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::timeout);
    }
}

}  // namespace
}  // namespace crib::ssh
