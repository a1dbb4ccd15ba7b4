// The probe with the real QEMU and a stock kernel, on whatever this host is.
#include "harness/hypervisor/acceleration.h"

#include "harness/base/file.h"
#include "harness/process/boost_runner.h"
#include "tests/support/tiny_guest/tiny_guest.h"

#include <gmock/gmock.h>

namespace crib::hypervisor {
namespace {

using namespace std::chrono_literals;

TEST(AccelerationProbe, FindsOutWhetherThisHostStartsAStockKernel) {
    SystemClock clock;
    const Context context = Context::with_clock(clock).with_timeout(120s);
    const auto kernel = test::tiny_guest_kernel(context);
    if (kernel.empty()) GTEST_SKIP() << "no kernel: apt-get download linux-image-amd64 does not work here";
    const TempFolder folder(std::filesystem::temp_directory_path(), "crib-test");
    process::BoostRunner runner;
    AccelerationProbe probe(runner, folder.path(), {});
    const KvmFinding finding = probe.find(kernel, {}, context);
    RecordProperty("finding", explain(finding));
    if (finding.module == "kvm_pvm" && finding.kind != KvmFinding::Kind::no_permission) {
        // Without hardware virtualization a stock kernel hangs at boot, or QEMU gives up before, on a register that
        // such a KVM does not have: which of the two differs from host to host.
        EXPECT_THAT(finding.kind, testing::AnyOf(KvmFinding::Kind::no_stock_kernel, KvmFinding::Kind::emulator_refuses))
            << explain(finding);
    }
    EXPECT_EQ(finding.works(), cure(finding).empty());
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(probe.find(kernel, {}, context).kind, finding.kind);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);  // remembered, or refused without a boot
}

}  // namespace
}  // namespace crib::hypervisor
