// Real QEMU through qemu:///embed, booting a stock kernel with a one-program initrd.
#include "tests/integration/hypervisor/embed.h"
#include "harness/process/boost_runner.h"
#include "tests/support/recording_runner/recording_runner.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include <fstream>

namespace crib::hypervisor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
namespace fs = std::filesystem;

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

TEST_F(Embed, AnotherProgramIsToldWhoHasTheMachinesOpen) {
    process::BoostRunner runner;
    const auto other = runner.run(test::command(CRIB_EMBED_HELPER, {root().string(), "list", run_id_}), context_);
    EXPECT_FALSE(other.ok());
    const auto told = fmt::format("the machines below {} are in use by process {}: ", root().string(), ::getpid());
    EXPECT_THAT(other.err, testing::StartsWith(told));
    EXPECT_THAT(other.err, HasSubstr(fs::read_symlink("/proc/self/exe").filename().string())) << "its command line";
}

TEST_F(Embed, LeftoversAreKilledWithoutLibvirt) {
    const MachineSpec spec = tiny("left");
    hypervisor_->start(spec, context_);
    const int pid = pid_of(spec);
    EXPECT_EQ(kill_leftovers(folder_.path() / "other"), 0);
    EXPECT_EQ(::kill(pid, 0), 0);
    EXPECT_THAT(living_machines(root()), ElementsAre(spec.name));
    EXPECT_EQ(kill_leftovers(root()), 1);
    EXPECT_THAT(living_machines(root()), IsEmpty());
    wait_for_state(spec, MachineState::crashed);
}

}  // namespace
}  // namespace crib::hypervisor
