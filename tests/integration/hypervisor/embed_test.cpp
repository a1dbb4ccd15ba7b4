// Real QEMU through qemu:///embed, booting a stock kernel with a one-program initrd.
#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/base/wait.h"
#include "harness/hypervisor/leftovers.h"
#include "harness/hypervisor/libvirt/connect.h"
#include "tests/support/tiny_guest/tiny_guest.h"

#include <gmock/gmock.h>
#include <signal.h>

#include <fmt/format.h>
#include <fstream>

namespace crib::hypervisor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

class Embed : public testing::Test {
protected:
    void SetUp() override {
        kernel_ = test::tiny_guest_kernel(context_);
        if (kernel_.empty()) GTEST_SKIP() << "no kernel: apt-get download linux-image-amd64 does not work here";
        test::write_tiny_guest_initrd(initrd_);
        open();
    }
    ~Embed() override {
        if (!hypervisor_) return;
        for (const auto& name : hypervisor_->machines_of(run_id_)) hypervisor_->destroy(name);
        hypervisor_.reset();
        EXPECT_EQ(kill_leftovers(root()), 0);
    }

    void open() {
        hypervisor_.reset();
        hypervisor_ = connect({"qemu:///embed", root(), learnt()});
    }
    MachineSpec tiny(const std::string& node, const std::string& what = "idle") {
        MachineSpec spec;
        spec.name = "crib-" + run_id_ + "-" + node;
        spec.run_id = run_id_;
        spec.vcpus = 1;
        spec.memory = ByteSize::mib(192);
        spec.kernel = kernel_;
        spec.initrd = initrd_;
        spec.cmdline = test::tiny_guest_cmdline(what);
        spec.console_log = folder_.path() / (node + ".log");
        return spec;
    }
    void wait_for_line(const MachineSpec& spec, const std::string& line) {
        require_within(context_, line, 50ms, [&] {
            const std::string text = read_tail(spec.console_log, 1U << 20U);
            return text.find(line) != std::string::npos ? Observation::ready()
                                                        : Observation::not_yet(std::string(last_lines(text, 1)));
        });
    }
    void wait_for_state(const MachineSpec& spec, MachineState wanted) {
        require_within(context_, to_string(wanted), 50ms, [&] {
            const MachineState now = hypervisor_->state(spec.name);
            return now == wanted ? Observation::ready() : Observation::not_yet(to_string(now));
        });
    }
    // QEMU's process id, by its pid file.
    int pid_of(const MachineSpec& spec) { return std::stoi(read_file(root() / "run/qemu" / (spec.name + ".pid"))); }

    // A process can open one root only, so all tests of a process share it.
    static fs::path root() { return shared_folder() / "libvirt"; }
    static fs::path learnt() { return shared_folder() / "learnt"; }
    static const fs::path& shared_folder() {
        static const TempFolder folder(fs::temp_directory_path(), "crib-test");
        return folder.path();
    }

    SystemClock clock_;
    Context context_ = Context::with_clock(clock_).with_timeout(380s);
    TempFolder folder_{fs::temp_directory_path(), "crib-test"};
    fs::path kernel_;
    fs::path initrd_ = folder_.path() / "initrd";
    std::string run_id_ = random_word(8);
    std::unique_ptr<Hypervisor> hypervisor_;
};

TEST_F(Embed, BootsAStockKernelAndKeepsItsConsole) {
    const MachineSpec spec = tiny("master");
    hypervisor_->start(spec, context_);
    EXPECT_EQ(hypervisor_->state(spec.name), MachineState::running);
    wait_for_line(spec, test::tiny_guest_is_up);
    EXPECT_THAT(hypervisor_->machines_of(run_id_), ElementsAre(spec.name));
    EXPECT_TRUE(hypervisor_->machines_of("other").empty());
    EXPECT_EQ(hypervisor_->why_stopped(spec.name), "");
    EXPECT_FALSE(fs::is_empty(learnt()));  // what libvirt learnt about QEMU, for the next run's root
    EXPECT_THAT(hypervisor_->describe(), HasSubstr("qemu:///embed"));
    const int pid = pid_of(spec);
    hypervisor_->destroy(spec.name);
    EXPECT_EQ(hypervisor_->state(spec.name), MachineState::absent);
    EXPECT_NE(::kill(pid, 0), 0);
}

TEST_F(Embed, SeesThatTheGuestTurnedItselfOff) {
    const MachineSpec spec = tiny("off", "poweroff");
    hypervisor_->start(spec, context_);
    wait_for_state(spec, MachineState::shut_off);
    EXPECT_THAT(hypervisor_->why_stopped(spec.name), HasSubstr("turned itself off"));
}

TEST_F(Embed, SeesThatQemuWasKilled) {
    const MachineSpec spec = tiny("killed");
    hypervisor_->start(spec, context_);
    ::kill(pid_of(spec), SIGKILL);
    wait_for_state(spec, MachineState::crashed);
    EXPECT_THAT(hypervisor_->why_stopped(spec.name), HasSubstr("QEMU died"));
    EXPECT_THAT(hypervisor_->machines_of(run_id_), ElementsAre(spec.name));
    hypervisor_->destroy(spec.name);
    EXPECT_TRUE(hypervisor_->machines_of(run_id_).empty());
}

TEST_F(Embed, SeesThatTheGuestPanicked) {
    MachineSpec spec = tiny("panic", "panic");
    hypervisor_->start(spec, context_);
    wait_for_line(spec, "Kernel panic");
}

TEST_F(Embed, SharesAReadOnlyDiskBetweenMachines) {
    const fs::path shared = folder_.path() / "images.ext4";
    std::ofstream(shared) << std::string(1U << 20U, '\0');
    std::vector<MachineSpec> specs{tiny("one"), tiny("two")};
    for (auto& spec : specs) {
        const fs::path own = folder_.path() / (spec.name + ".raw");
        std::ofstream(own) << std::string(1U << 20U, '\0');
        spec.disks = {{own, DiskFormat::raw, false, "own"}, {shared, DiskFormat::raw, true, "crib-images"}};
        hypervisor_->start(spec, context_);
    }
    for (const auto& spec : specs) EXPECT_EQ(hypervisor_->state(spec.name), MachineState::running);
}

TEST_F(Embed, AMachineThatCannotStartLeavesNothingAndSaysWhy) {
    MachineSpec spec = tiny("broken");
    spec.disks = {{"/no/such/disk.qcow2", DiskFormat::qcow2, false, "root"}};
    try {
        hypervisor_->start(spec, context_);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::hypervisor);
        EXPECT_THAT(error.what(), HasSubstr(spec.name));
        EXPECT_THAT(error.what(), HasSubstr("/no/such/disk.qcow2"));
    }
    EXPECT_EQ(hypervisor_->state(spec.name), MachineState::absent);
    spec = tiny("broken");
    spec.cpu_model = "NoSuchCpu";
    EXPECT_THROW(hypervisor_->start(spec, context_), Error);
    EXPECT_EQ(hypervisor_->state(spec.name), MachineState::absent);
    spec = tiny("broken");
    spec.kernel = "/no/such/kernel";
    EXPECT_THROW(hypervisor_->start(spec, context_), Error);
    EXPECT_EQ(hypervisor_->state(spec.name), MachineState::absent);
}

TEST_F(Embed, AMachineGoesOnWhenTheConnectionIsClosed) {
    const MachineSpec spec = tiny("kept");
    hypervisor_->start(spec, context_);
    open();
    EXPECT_EQ(hypervisor_->state(spec.name), MachineState::running);
    EXPECT_THAT(hypervisor_->machines_of(run_id_), ElementsAre(spec.name));
    const int pid = pid_of(spec);
    hypervisor_->destroy(spec.name);
    EXPECT_NE(::kill(pid, 0), 0);
}

TEST_F(Embed, LeftoversAreKilledWithoutLibvirt) {
    const MachineSpec spec = tiny("left");
    hypervisor_->start(spec, context_);
    const int pid = pid_of(spec);
    EXPECT_EQ(kill_leftovers(folder_.path() / "other"), 0);
    EXPECT_EQ(::kill(pid, 0), 0);
    EXPECT_EQ(kill_leftovers(root()), 1);
    wait_for_state(spec, MachineState::crashed);
}

}  // namespace
}  // namespace crib::hypervisor
