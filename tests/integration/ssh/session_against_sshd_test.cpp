// The client against Debian's own sshd: what the scripted server cannot vouch for.

#include "harness/base/text.h"
#include "harness/base/wait.h"
#include "harness/ssh/openssh.h"
#include "harness/ssh/session.h"
#include "tests/integration/ssh/real_sshd.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <thread>

namespace crib::ssh {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

class SessionAgainstSshd : public testing::Test {
protected:
    void SetUp() override {
        if (!test::RealSshd::installed()) GTEST_SKIP() << "openssh-server is not installed";
        sshd_.emplace();
        session_ = connect();
    }

    std::unique_ptr<Session> connect() {
        std::unique_ptr<Session> session;
        require_within(context(), "connecting to sshd", 20ms, [&] {
            try {
                session = Session::connect(sshd_->target(), context());
                return Observation::ready();
            } catch (const ConnectError& error) {
                return error.why() == ConnectError::Why::not_yet ? Observation::not_yet(error.what())
                                                                 : Observation::hopeless(error.what());
            }
        });
        return session;
    }

    Context context(Duration timeout = 20s) { return Context::with_clock(clock_).with_timeout(timeout); }
    ExecResult run(const std::string& script) { return session_->exec({.script = script}, context()); }
    std::string folder() { return sshd_->folder().string(); }

    SystemClock clock_;
    std::optional<test::RealSshd> sshd_;
    std::unique_ptr<Session> session_;
};

TEST_F(SessionAgainstSshd, KeepsBothStreamsApartAndTheExitStatusRight) {
    const auto result = run("echo out; echo err >&2; exit 7");
    EXPECT_EQ(result.out, "out\n");
    EXPECT_EQ(result.err, "err\n");
    EXPECT_EQ(result.exit_code(), 7) << result.how_it_ended();
}

TEST_F(SessionAgainstSshd, CarriesMuchOutputOnBothStreamsAndMuchInput) {
    Exec exec{.script = "head -c 300000 /dev/zero | tr '\\0' e >&2; wc -c; head -c 300000 /dev/zero | tr '\\0' o"};
    exec.input = std::string(3'000'000, 'i');
    const auto result = session_->exec(exec, context());
    EXPECT_TRUE(result.ok()) << result.how_it_ended() << last_lines(result.err, 1).substr(0, 200);
    EXPECT_EQ(result.err.size(), 300000U);
    EXPECT_EQ(result.out.substr(0, 8), "3000000\n");
    EXPECT_EQ(result.out.size(), 300008U);
}

TEST_F(SessionAgainstSshd, EndsWhenTheCommandDoesNotReadItsInput) {
    Exec exec{.script = "exec 0<&-; echo done"};
    exec.input = std::string(8'000'000, 'i');
    const auto result = session_->exec(exec, context());
    EXPECT_TRUE(result.ok()) << result.how_it_ended();
    EXPECT_EQ(result.out, "done\n");
}

TEST_F(SessionAgainstSshd, ACommandThatReadsInputDoesNotEatTheRestOfTheScript) {
    const auto result = run("cat\necho still here\n");
    EXPECT_EQ(result.out, "still here\n");
}

TEST_F(SessionAgainstSshd, GivesTheScriptItsVariablesWhateverTheyContain) {
    Exec exec{.script = "printf '%s|%s' \"$A\" \"$B\""};
    exec.env = {{"A", "it's $HOME `x`"}, {"B", "two\nlines"}};
    EXPECT_EQ(session_->exec(exec, context()).out, "it's $HOME `x`|two\nlines");
}

TEST_F(SessionAgainstSshd, KeepsSecretsOutOfEveryProcessList) {
    // All is read before anything looks at it: no process has the word because it searches for it.
    Exec exec{.script =
                  "# swordfish-script\nall=$(cat /proc/[0-9]*/cmdline | tr '\\0' '\\n')\n"
                  "grep -c swordfish <<<\"$all\" || true"};
    exec.env = {{"TOKEN", "swordfish-value"}};
    exec.input = "swordfish-input";
    EXPECT_EQ(session_->exec(exec, context()).out, "0\n");
}

TEST_F(SessionAgainstSshd, NamesTheScriptAndTheLineInBashsOwnMessages) {
    const auto result =
        session_->exec({.script = "#!/bin/bash\ntrue\nno-such-program\n", .name = "40-crio.sh"}, context());
    EXPECT_THAT(result.err, HasSubstr("40-crio.sh: line 3: no-such-program: command not found"));
    EXPECT_EQ(result.exit_code(), 127);
}

TEST_F(SessionAgainstSshd, LeavesNoFileOfTheScriptBehind) {
    const auto folder_of_the_script = split_lines(run("echo \"${0%/*}\"").out).at(0);
    EXPECT_THAT(folder_of_the_script, testing::MatchesRegex(".*/crib-[a-z0-9]+"));
    EXPECT_FALSE(std::filesystem::exists(folder_of_the_script));
}

TEST_F(SessionAgainstSshd, TellsASignalFromAnExitStatus) {
    const auto killed = run("kill -KILL $$");
    ASSERT_TRUE(std::holds_alternative<Signaled>(killed.end)) << killed.how_it_ended();
    EXPECT_EQ(std::get<Signaled>(killed.end).name, "KILL");
    EXPECT_EQ(run("exit 137").exit_code(), 137);
}

TEST_F(SessionAgainstSshd, PassesLinesOnWhileTheCommandRuns) {
    std::vector<std::string> lines;
    std::stop_source stop;
    Exec exec{.script = "echo one; echo two; sleep 60; echo never"};
    exec.on_out = [&](std::string_view line) {
        lines.emplace_back(line);
        if (line == "two") stop.request_stop();
    };
    const auto result = session_->exec(exec, context().with_stop(stop.get_token()));
    EXPECT_TRUE(std::holds_alternative<Cancelled>(result.end)) << result.how_it_ended();
    EXPECT_THAT(lines, ElementsAre("one", "two"));
}

TEST_F(SessionAgainstSshd, EndsTheRemoteProcessesWhenTheTimeIsOver) {
    const auto pids = folder() + "/pids";
    // one in the foreground, one that left the process group, one that ignores TERM
    const auto result =
        session_->exec({.script = "setsid sleep 300 & echo $! >" + pids +
                                  "\nbash -c 'trap \"\" TERM; exec -a stubborn sleep 300' & echo $! >>" + pids +
                                  "\necho $$ >>" + pids + "\nsleep 300"},
                       context(500ms));
    EXPECT_TRUE(std::holds_alternative<TimedOut>(result.end)) << result.how_it_ended();
    EXPECT_TRUE(session_->usable());
    const auto left = run("for p in $(cat " + pids + "); do [ -e /proc/$p ] && grep -v Z /proc/$p/stat; done; true");
    EXPECT_EQ(left.out, "");
}

TEST_F(SessionAgainstSshd, RunsAProgramAloneAndEndsItLikeAScript) {
    const auto said = session_->exec({.script = "printf %s-%s a 'b c'", .only_a_program = true}, context(30s));
    EXPECT_EQ(said.out, "a-b c");
    const auto result = session_->exec({.script = "sleep 298.7", .only_a_program = true}, context(500ms));
    EXPECT_TRUE(std::holds_alternative<TimedOut>(result.end)) << result.how_it_ended();
    EXPECT_EQ(run("pgrep -f '^sleep 298[.]7'; true").out, "");
}

TEST_F(SessionAgainstSshd, DoesNotWaitForADaemonThatHoldsTheOutput) {
    const auto start = clock_.now();
    const auto result = run("sleep 30 & echo started");
    EXPECT_TRUE(result.ok()) << result.how_it_ended();
    EXPECT_EQ(result.out, "started\n");
    EXPECT_LT(clock_.now() - start, 10s);
}

TEST_F(SessionAgainstSshd, ReportsTheLossWhenTheServerGoesAwayMidCommand) {
    Exec exec{.script = "echo running; sleep 60"};
    exec.on_out = [&](std::string_view) { sshd_->kill_everything(); };
    const auto result = session_->exec(exec, context());
    ASSERT_TRUE(std::holds_alternative<Disconnected>(result.end)) << result.how_it_ended();
    EXPECT_TRUE(std::get<Disconnected>(result.end).started);
    EXPECT_FALSE(session_->usable());
}

TEST_F(SessionAgainstSshd, ALineCallbackMayThrowAndTheCommandIsEnded) {
    Exec exec{.script = "echo $$; sleep 300"};
    std::string pid;
    exec.on_out = [&](std::string_view line) {
        pid = line;
        throw Error(ErrorKind::internal, "no thanks");
    };
    EXPECT_THROW(session_->exec(exec, context()), Error);
    EXPECT_EQ(run("[ -e /proc/" + pid + "/exe ] && echo alive; true").out, "");
}

TEST_F(SessionAgainstSshd, RunsManyCommandsOneAfterTheOther) {
    for (int i = 0; i < 12; ++i) EXPECT_EQ(run("exit " + std::to_string(i)).exit_code(), i);
}

TEST_F(SessionAgainstSshd, UploadsAndDownloadsWithTheExactMode) {
    std::string text(200'000, 'x');
    text[5] = '\0';
    session_->upload_text(text, folder() + "/up", 0640, context());
    session_->upload_text(text + "!", folder() + "/up", 0640, context());  // an existing file is replaced
    session_->download(folder() + "/up", sshd_->folder() / "down", context());
    EXPECT_EQ(read_file(sshd_->folder() / "down"), text + "!");
    struct stat status {};
    ASSERT_EQ(stat((folder() + "/up").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0640U);
    session_->upload(sshd_->folder() / "down", folder() + "/up2", 0755, context());
    EXPECT_EQ(read_file(folder() + "/up2"), text + "!");
    EXPECT_EQ(run("echo after").out, "after\n");
}

TEST_F(SessionAgainstSshd, NamesTheFileThatCannotBeRead) {
    try {
        session_->download("/no/such/file", sshd_->folder() / "down", context());
        FAIL();
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "node1: reading /no/such/file: no such file or folder");
    }
    EXPECT_FALSE(std::filesystem::exists(sshd_->folder() / "down"));
    EXPECT_TRUE(session_->usable());
}

TEST_F(SessionAgainstSshd, GivesUpATransferToAHangingNodeWhenTheTimeIsOver) {
    sshd_->freeze();
    try {
        session_->upload_text("text", folder() + "/up", 0644, context(300ms));
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::timeout) << error.what();
    }
    EXPECT_FALSE(session_->usable());
}

TEST_F(SessionAgainstSshd, RefusesAServerWithAnotherHostKeyAndSaysWhose) {
    auto target = sshd_->target();
    target.host_key = make_key_pair("").public_line;
    try {
        Session::connect(target, context());
        FAIL();
    } catch (const ConnectError& error) {
        EXPECT_EQ(error.why(), ConnectError::Why::wrong_host);
        EXPECT_THAT(error.what(), HasSubstr("differs from the one made for node1"));
    }
}

TEST_F(SessionAgainstSshd, SaysDeniedWhenTheServerDoesNotKnowTheKey) {
    auto target = sshd_->target();
    write_key_pair(make_key_pair("stranger"), sshd_->folder() / "stranger");
    target.private_key = sshd_->folder() / "stranger";
    try {
        Session::connect(target, context());
        FAIL();
    } catch (const ConnectError& error) {
        EXPECT_EQ(error.why(), ConnectError::Why::denied) << error.what();
    }
}

TEST_F(SessionAgainstSshd, LeaksNoDescriptorHoweverAConnectionEnds) {
    const auto open_files = [] {
        return std::distance(std::filesystem::directory_iterator("/proc/self/fd"),
                             std::filesystem::directory_iterator());
    };
    session_.reset();
    const auto before = open_files();
    auto stranger = sshd_->target();
    stranger.host_key = make_key_pair("").public_line;
    for (int i = 0; i < 3; ++i) {
        connect()->exec({.script = "true"}, context());
        EXPECT_THROW(Session::connect(stranger, context()), ConnectError);
    }
    auto session = connect();
    sshd_->kill_everything();
    session->exec({.script = "true"}, context());
    session.reset();
    EXPECT_EQ(open_files(), before);
}

TEST_F(SessionAgainstSshd, OpensshsOwnClientTrustsTheWrittenKnownHosts) {
    const auto folder = sshd_->folder() / "a folder";
    std::filesystem::create_directory(folder);
    const auto argv = openssh_command(sshd_->target(), folder, {"echo", "two  words"});
    FILE* pipe = popen((shell_join(argv) + " </dev/null").c_str(), "r");
    ASSERT_NE(pipe, nullptr);
    std::array<char, 200> line{};
    const std::size_t size = fread(line.data(), 1, line.size(), pipe);
    EXPECT_EQ(pclose(pipe), 0);
    EXPECT_EQ(std::string(line.data(), size), "two  words\n");
}

// Its exit code is 255 both for a command that ended so and for a connection that failed.
TEST_F(SessionAgainstSshd, OpensshsOwnClientWritesToItsLogOnlyWhatItSaysItself) {
    const auto log = sshd_->folder() / "ssh.log";
    auto argv = openssh_command(sshd_->target(), sshd_->folder(), {"sh", "-c", "echo words >&2; exit 255"});
    argv.insert(argv.begin() + 1, {"-E", log.string()});
    const auto line = shell_join(argv) + " </dev/null 2>/dev/null";
    const auto code_of = [&] {
        const int status = std::system(line.c_str());
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    };
    EXPECT_EQ(code_of(), 255);
    EXPECT_EQ(read_file(log), "");
    sshd_->kill_everything();
    EXPECT_EQ(code_of(), 255);
    EXPECT_THAT(read_file(log), HasSubstr("Connection refused"));
}

}  // namespace
}  // namespace crib::ssh
