// A run's machines outlive the process that started them: crib ssh, crib down and crib gc are others. As root
// and as an ordinary user.
#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/base/wait.h"
#include "harness/hypervisor/leftovers.h"
#include "harness/hypervisor/libvirt/embed_root.h"
#include "harness/process/boost_runner.h"
#include "tests/support/recording_runner/recording_runner.h"
#include "tests/support/tiny_guest/tiny_guest.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

namespace crib::hypervisor {
namespace {

using test::command;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

class EmbedProcesses : public testing::Test {
protected:
    void SetUp() override {
        const fs::path kernel = test::tiny_guest_kernel(context_);
        if (kernel.empty()) GTEST_SKIP() << "no kernel: apt-get download linux-image-amd64 does not work here";
        fs::copy_file(kernel, folder_.path() / "kernel");
        fs::copy_file(CRIB_EMBED_HELPER, folder_.path() / "helper");
        test::write_tiny_guest_initrd(folder_.path() / "initrd");
    }
    ~EmbedProcesses() override {
        kill_leftovers(root_);
        forget_embed_root(root_);
        if (!user_.empty()) run({"userdel", user_});
    }

    // From now on the helper runs as a fresh ordinary user who owns the test's folder.
    void become_ordinary_user() {
        user_ = "crib-" + random_word(6);
        ASSERT_TRUE(run({"useradd", "--no-create-home", "--home-dir", folder_.path().string(), user_}).ok());
        ASSERT_TRUE(run({"chown", "-R", user_, folder_.path().string()}).ok());
    }
    process::Result run(const std::vector<std::string>& words) {
        return runner_.run(command(words[0], {words.begin() + 1, words.end()}), context_);
    }
    process::Result helper(const std::vector<std::string>& words) {
        std::vector<std::string> line;
        // Whoever runs the tests may have folders of their own named in the environment: not this user's.
        if (!user_.empty())
            line = {"runuser", "-u", user_, "--", "env", "-u", "XDG_CACHE_HOME", "-u", "XDG_RUNTIME_DIR"};
        line.insert(line.end(), {(folder_.path() / "helper").string(), root_.string()});
        line.insert(line.end(), words.begin(), words.end());
        return run(line);
    }
    std::string in_folder(const std::string& name) { return (folder_.path() / name).string(); }

    void started_here_is_found_and_ended_there() {
        const auto start = helper({"start", name_, "red", in_folder("kernel"), in_folder("initrd"), in_folder("log")});
        ASSERT_TRUE(start.ok()) << start.err;
        const int pid = std::stoi(read_file(root_ / "run/qemu" / (name_ + ".pid")));
        require_within(context_, "the guest", 50ms, [&] {
            return read_tail(in_folder("log"), 65536).find(test::tiny_guest_is_up) != std::string::npos
                       ? Observation::ready()
                       : Observation::not_yet("booting");
        });
        EXPECT_EQ(helper({"state", name_}).out, "running\n");
        const auto list = helper({"list", "red"});
        EXPECT_EQ(list.out, name_ + "\n") << list.how_it_ended() << ": " << list.err;
        EXPECT_TRUE(helper({"destroy", name_}).ok());
        EXPECT_EQ(helper({"list", "red"}).out, "");
        require_within(context_, "the end of QEMU", 20ms, [&] {
            // A zombie that waits for a slow init is as good as gone.
            return read_tail("/proc/" + std::to_string(pid) + "/cmdline", 100).empty()
                       ? Observation::ready()
                       : Observation::not_yet("QEMU is still there");
        });
    }

    SystemClock clock_;
    Context context_ = Context::with_clock(clock_).with_timeout(380s);
    process::BoostRunner runner_;
    TempFolder folder_{fs::temp_directory_path(), "crib-test"};
    fs::path root_ = folder_.path() / "libvirt";
    std::string name_ = "crib-" + random_word(8) + "-master";
    std::string user_;
};

TEST_F(EmbedProcesses, AMachineIsFoundRunningAndEndedByAnotherProcess) {
    started_here_is_found_and_ended_there();
}

TEST_F(EmbedProcesses, AnOrdinaryUserNeedsNoRightsForIt) {
    if (::geteuid() != 0) GTEST_SKIP() << "the test above ran as an ordinary user";
    become_ordinary_user();
    started_here_is_found_and_ended_there();
}

// What libvirt does on threads of its own must not go on while the process ends: that was a crash, once in many.
TEST_F(EmbedProcesses, AProcessThatEndsAtOnceHasTakenTheMachineUp) {
    ASSERT_TRUE(helper({"start", name_, "red", in_folder("kernel"), in_folder("initrd"), in_folder("log")}).ok());
    for (int i = 0; i < 3; ++i) {
        const auto glance = helper({"glance", name_});
        EXPECT_EQ(glance.out, "taken up\n") << glance.how_it_ended() << ": " << glance.err;
    }
}

// A host that slept, a debugger, SIGSTOP.
TEST_F(EmbedProcesses, AMachineThatStandsStillHoldsUpNobodyForLong) {
    ASSERT_TRUE(helper({"start", name_, "red", in_folder("kernel"), in_folder("initrd"), in_folder("log")}).ok());
    const int pid = std::stoi(read_file(root_ / "run/qemu" / (name_ + ".pid")));
    ASSERT_EQ(::kill(pid, SIGSTOP), 0);
    const auto list = helper({"list", "red"});
    ::kill(pid, SIGCONT);
    EXPECT_EQ(list.out, name_ + "\n") << list.how_it_ended() << ": " << list.err;
    EXPECT_TRUE(list.ok());
    EXPECT_LT(list.took, 60s);
}

TEST_F(EmbedProcesses, ALongPathIsNoHindrance) {
    root_ = folder_.path() / std::string(50, 'x') / "libvirt";
    started_here_is_found_and_ended_there();
    EXPECT_EQ(kill_leftovers(root_), 0);
}

TEST_F(EmbedProcesses, LeftoversUnderALongPathAreKilledWithoutLibvirt) {
    root_ = folder_.path() / std::string(50, 'x') / "libvirt";
    ASSERT_TRUE(helper({"start", name_, "red", in_folder("kernel"), in_folder("initrd"), in_folder("log")}).ok());
    EXPECT_EQ(kill_leftovers(root_), 1);
    EXPECT_EQ(kill_leftovers(root_), 0);
}

}  // namespace
}  // namespace crib::hypervisor
