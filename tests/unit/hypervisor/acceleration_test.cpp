#include "harness/hypervisor/acceleration.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "tests/support/manual_clock.h"
#include "tests/support/recording_runner/recording_runner.h"

#include <gmock/gmock.h>

namespace crib::hypervisor {
namespace {

using Kind = KvmFinding::Kind;
using test::exited;
using testing::HasSubstr;
namespace fs = std::filesystem;

class Acceleration : public testing::Test {
protected:
    Acceleration() {
        runner_.on({"qemu-system-x86_64", "--version"}, exited(0, "QEMU emulator version 7.2.22\n"));
        write_file(paths_.kvm_device, "");
        make_folder(paths_.modules / "kvm");
    }
    void boots_with(process::Result result) { runner_.on({"qemu-system-x86_64", "-machine"}, std::move(result)); }
    KvmFinding find() {
        return AccelerationProbe(runner_, folder_.path() / "probe", paths_).find("/k", "/i", context_);
    }
    std::size_t boots() {
        std::size_t count = 0;
        for (const auto& line : runner_.lines()) count += line.find("-kernel") != std::string::npos ? 1U : 0U;
        return count;
    }

    test::ManualClock clock_;
    Context context_ = Context::with_clock(clock_);
    TempFolder folder_{fs::temp_directory_path(), "crib-test"};
    HostPaths paths_{folder_.path() / "kvm", folder_.path() / "modules"};
    test::RecordingRunner runner_;
};

const process::Result boot_line{process::Cancelled{}, "[    0.000000] Linux version 6.1.0\n", {}, {}};
const process::Result silence{process::TimedOut{}, {}, {}, {}};

TEST_F(Acceleration, WorksWhenAKernelReachesItsFirstSerialLine) {
    make_folder(paths_.modules / "kvm_intel");
    boots_with(boot_line);
    const KvmFinding finding = find();
    EXPECT_TRUE(finding.works());
    EXPECT_EQ(finding.best(), hypervisor::Acceleration::kvm);
    EXPECT_EQ(explain(finding), "hardware acceleration by KVM (module kvm_intel)");
    EXPECT_EQ(cure(finding), "");
    EXPECT_THAT(runner_.lines().back(), HasSubstr("accel=kvm"));
    EXPECT_THAT(runner_.lines().back(), HasSubstr("-kernel /k"));
    EXPECT_THAT(runner_.lines().back(), HasSubstr("-initrd /i"));
}

TEST_F(Acceleration, NamesTheModuleOfAHostThatStartsNoStockKernel) {
    make_folder(paths_.modules / "kvm_pvm");
    boots_with(silence);
    const KvmFinding finding = find();
    EXPECT_EQ(finding.kind, Kind::no_stock_kernel);
    EXPECT_EQ(finding.best(), hypervisor::Acceleration::tcg);
    EXPECT_THAT(explain(finding), HasSubstr("/sys/module/kvm_pvm"));
    EXPECT_THAT(explain(finding), HasSubstr("within 15.0s"));
    EXPECT_THAT(cure(finding), HasSubstr("hardware virtualization"));
}

TEST_F(Acceleration, IsProbedOncePerHostAndQemu) {
    boots_with(silence);
    EXPECT_FALSE(find().remembered);
    EXPECT_TRUE(find().remembered);
    EXPECT_EQ(find().kind, Kind::no_stock_kernel);
    EXPECT_EQ(boots(), 1U);
    runner_.on({"qemu-system-x86_64", "--version"}, exited(0, "QEMU emulator version 10.0.0\n"));
    EXPECT_FALSE(find().remembered);
    EXPECT_EQ(boots(), 2U);
    make_folder(paths_.modules / "kvm_amd");
    EXPECT_FALSE(find().remembered);
    EXPECT_EQ(boots(), 3U);
}

TEST_F(Acceleration, ADamagedMemoryIsProbedAgain) {
    boots_with(boot_line);
    make_folder(folder_.path() / "probe");
    write_file(folder_.path() / "probe/acceleration.json", "{\"x\":");
    EXPECT_TRUE(find().works());
    EXPECT_TRUE(find().remembered);
}

TEST_F(Acceleration, AHostWithoutTheDeviceIsNotBooted) {
    fs::remove(paths_.kvm_device);
    const KvmFinding finding = find();
    EXPECT_EQ(finding.kind, Kind::no_device);
    EXPECT_THAT(explain(finding), HasSubstr("no /dev/kvm"));
    EXPECT_THAT(cure(finding), HasSubstr("firmware"));
    EXPECT_TRUE(runner_.commands().empty());
}

TEST_F(Acceleration, SaysWhatQemuComplainedAbout) {
    boots_with(exited(1, "", "qemu-system-x86_64: failed to initialize kvm: Device or resource busy\n"));
    const KvmFinding finding = find();
    EXPECT_EQ(finding.kind, Kind::emulator_refuses);
    EXPECT_THAT(explain(finding), HasSubstr("Device or resource busy"));
}

TEST_F(Acceleration, AProbeThatWasStoppedIsNotRemembered) {
    boots_with(process::Result{process::Cancelled{}, {}, {}, {}});
    std::stop_source stop;
    Context stopped = context_.with_stop(stop.get_token());
    runner_.on({"qemu-system-x86_64", "-machine", "q35,accel=kvm"}, [&](const process::Command&) {
        stop.request_stop();
        return process::Result{process::Cancelled{}, {}, {}, {}};
    });
    AccelerationProbe probe(runner_, folder_.path() / "probe", paths_);
    EXPECT_THROW((void)probe.find("/k", "/i", stopped), Error);
    EXPECT_FALSE(probe.look(context_).remembered);
}

TEST_F(Acceleration, LookingTellsWhatIsKnownWithoutBooting) {
    AccelerationProbe probe(runner_, folder_.path() / "probe", paths_);
    EXPECT_TRUE(probe.look(context_).works());
    boots_with(silence);
    (void)find();
    EXPECT_EQ(probe.look(context_).kind, Kind::no_stock_kernel);
    EXPECT_EQ(boots(), 1U);
}

}  // namespace
}  // namespace crib::hypervisor
