#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/base/wait.h"
#include "harness/process/boost_runner.h"
#include "tests/support/recording_runner/recording_runner.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <fmt/format.h>
#include <csignal>

namespace crib::process {
namespace {

using test::command;
using testing::HasSubstr;
using namespace std::chrono_literals;

class Daemon : public testing::Test {
protected:
    ~Daemon() override {
        if (pid_ > 0) ::kill(pid_, SIGKILL);
    }

    void start(const std::string& script) { pid_ = runner_.start_daemon(command("sh", {"-c", script}), log()); }
    [[nodiscard]] std::filesystem::path log() const { return folder_.path() / "daemon.log"; }
    [[nodiscard]] std::string wait_for_log(const std::string& what) {
        require_within(context_, "the daemon's log", 10ms, [&] {
            return read_tail(log(), 65536).find(what) != std::string::npos ? Observation::ready()
                                                                           : Observation::not_yet("no word yet");
        });
        return read_file(log());
    }

    SystemClock clock_;
    Context context_ = Context::with_clock(clock_).with_timeout(10s);
    TempFolder folder_{std::filesystem::temp_directory_path(), "crib-test"};
    BoostRunner runner_;
    int pid_ = 0;
};

TEST_F(Daemon, LivesInASessionOfItsOwnAndIsNoChildOfCrib) {
    start("cat /proc/$$/stat; sleep 60");
    const auto words = split(wait_for_log("\n"), ' ');
    EXPECT_EQ(words[0], std::to_string(pid_));
    EXPECT_NE(words[3], std::to_string(::getpid()));
    EXPECT_NE(words[5], std::to_string(::getsid(0)));
    EXPECT_EQ(words[6], "0");  // no terminal
}

TEST_F(Daemon, AppendsBothStreamsToItsLogAndReadsNothing) {
    append_file(log(), "before\n");
    start("cat; echo out; echo err >&2; echo end; sleep 60");
    const std::string text = wait_for_log("end\n");
    EXPECT_EQ(text, "before\nout\nerr\nend\n");
}

TEST_F(Daemon, GetsNoDescriptorOfCrib) {
    const int extra = ::dup(0);
    start("ls -l /proc/$$/fd; echo end; sleep 60");
    const std::string text = wait_for_log("end\n");
    ::close(extra);
    EXPECT_THAT(text, HasSubstr(" 0 -> /dev/null"));
    EXPECT_THAT(text, testing::Not(HasSubstr(" 3 -> ")));
    EXPECT_THAT(text, testing::Not(HasSubstr("pipe:")));
}

TEST_F(Daemon, ThatCannotStartIsAnErrorAtOnce) {
    EXPECT_THROW(runner_.start_daemon(command("crib-no-such-program"), log()), Error);
    EXPECT_THROW(runner_.start_daemon(command("sleep", {"1"}), "/no/such/folder/log"), Error);
    const auto script = folder_.path() / "script";
    write_file(script, "#!/no/such/interpreter\n", 0755);
    EXPECT_THROW(runner_.start_daemon(command(script.string()), log()), Error);
    Command elsewhere = command("sleep", {"60"});
    elsewhere.cwd = "/no/such/folder";
    EXPECT_THROW(runner_.start_daemon(elsewhere, log()), Error);
}

}  // namespace
}  // namespace crib::process
