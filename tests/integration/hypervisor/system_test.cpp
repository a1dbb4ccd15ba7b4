// qemu:///system on a real libvirtd: the one that runs here, or one that the test starts and ends.
#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/base/wait.h"
#include "harness/hypervisor/libvirt/connect.h"
#include "harness/hypervisor/libvirt/reaper.h"
#include "harness/process/boost_runner.h"
#include "tests/support/recording_runner/recording_runner.h"
#include "tests/support/tiny_guest/tiny_guest.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

namespace crib::hypervisor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

class System : public testing::Test {
protected:
    void SetUp() override {
        if (::geteuid() != 0) GTEST_SKIP() << "only root may start libvirtd";
        kernel_ = test::tiny_guest_kernel(context_);
        if (kernel_.empty()) GTEST_SKIP() << "no kernel: apt-get download linux-image-amd64 does not work here";
        if (!fs::exists("/usr/sbin/libvirtd")) GTEST_SKIP() << "libvirt-daemon is not installed";
        // QEMU runs as another user there.
        ::chmod(folder_.path().c_str(), 0755);
        start_unless_it_runs("/usr/sbin/virtlogd", "/run/libvirt/virtlogd-sock");
        const auto before = daemons_.size();
        start_unless_it_runs("/usr/sbin/libvirtd", "/run/libvirt/libvirt-sock");
        if (daemons_.size() > before) libvirtd_ = daemons_.back();
    }
    ~System() override {
        if (libvirtd_ != 0) ::kill(libvirtd_, SIGCONT);
        for (auto pid = daemons_.rbegin(); pid != daemons_.rend(); ++pid) ::kill(*pid, SIGTERM);
    }

    void start_unless_it_runs(const std::string& program, const fs::path& socket) {
        const std::string name = fs::path(program).filename().string();
        if (runner_.run(test::command("pidof", {name}), context_).ok()) return;
        fs::remove(socket);
        const fs::path log = folder_.path() / (name + ".log");
        daemons_.push_back(runner_.start_daemon(test::command(program), log));
        require_within(context_, name, 50ms, [&] {
            return fs::exists(socket) ? Observation::ready()
                                      : Observation::not_yet("no socket; its log: " + read_tail(log, 500));
        });
    }

    SystemClock clock_;
    Context context_ = Context::with_clock(clock_).with_timeout(380s);
    // libvirtd waits until each QEMU that it ended has left the process table: on machines whose init is in no hurry to
    // reap, half a minute each.
    Reaper reaper_;
    process::BoostRunner runner_;
    TempFolder folder_{fs::temp_directory_path(), "crib-test"};
    std::vector<int> daemons_;
    int libvirtd_ = 0;  // when the test has started it
    fs::path kernel_;
};

TEST_F(System, BootsAStockKernelThroughTheDaemon) {
    ConnectOptions options;
    options.uri = "qemu:///system";
    const auto hypervisor = connect(options, context_);
    EXPECT_THAT(hypervisor->describe(), HasSubstr("qemu:///system"));

    MachineSpec spec;
    spec.run_id = random_word(8);
    spec.name = "crib-" + spec.run_id + "-master";
    spec.vcpus = 1;
    spec.memory = ByteSize::mib(192);
    spec.kernel = folder_.path() / "kernel";
    spec.initrd = folder_.path() / "initrd";
    fs::copy_file(kernel_, spec.kernel);
    test::write_tiny_guest_initrd(spec.initrd);
    spec.cmdline = test::tiny_guest_cmdline("poweroff");
    spec.console_log = folder_.path() / "console.log";
    hypervisor->start(spec, context_);
    EXPECT_THAT(hypervisor->machines_of(spec.run_id), ElementsAre(spec.name));
    const auto result = wait_for(context_, 100ms, [&] {
        const auto now = hypervisor->state(spec.name);
        return now == MachineState::shut_off ? Observation::ready() : Observation::not_yet(to_string(now));
    });
    EXPECT_EQ(result.end, WaitResult::End::ready) << result.last_seen << read_tail(spec.console_log, 1000);
    EXPECT_THAT(read_file(spec.console_log), HasSubstr(test::tiny_guest_is_up));
    hypervisor->destroy(spec.name);
    EXPECT_EQ(hypervisor->state(spec.name), MachineState::absent);
}

TEST_F(System, SaysThatMachinesAreNotSavedThroughTheDaemon) {
    ConnectOptions options;
    options.uri = "qemu:///system";
    const auto hypervisor = connect(options, context_);
    try {
        (void)hypervisor->save({}, context_);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        EXPECT_THAT(error.what(), HasSubstr("qemu:///system"));
        EXPECT_THAT(error.hint(), HasSubstr("qemu:///embed"));
    }
    EXPECT_THROW(hypervisor->restore({}, context_), Error);
}

TEST_F(System, TellsOfADaemonThatFallsSilent) {
    if (libvirtd_ == 0) GTEST_SKIP() << "a libvirtd runs here already, which is not stopped";
    ConnectOptions options;
    options.uri = "qemu:///system";
    const auto hypervisor = connect(options, context_);
    ASSERT_EQ(::kill(libvirtd_, SIGSTOP), 0);
    try {
        (void)hypervisor->machines_of("none");
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.hint(), HasSubstr("systemctl status libvirtd")) << error.what();
    }
}

}  // namespace
}  // namespace crib::hypervisor
