// A stream that this machine's own QEMU writes, split, and loaded by it again.

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/hypervisor/acceleration.h"
#include "harness/hypervisor/hypervisor.h"
#include "harness/hypervisor/memory_stream.h"
#include "harness/process/boost_runner.h"
#include "tests/support/tiny_machine/tiny_machine.h"
#include "tests/unit/hypervisor/stream_writer.h"

#include <gmock/gmock.h>

#include <optional>

namespace crib::hypervisor {
namespace {

using namespace std::chrono_literals;
using test::TinyMachine;
using test::TinyMachineSpec;
namespace fs = std::filesystem;

class OwnStream : public testing::TestWithParam<Acceleration> {
protected:
    // Nothing when this machine has no such accelerator; the test is then skipped, with the reason.
    std::unique_ptr<TinyMachine> booted() {
        try {
            auto machine = start("first", {}, {});
            machine->wait_until_counted(20, context_.with_timeout(60s));
            return machine;
        } catch (const Error& error) {
            if (GetParam() != Acceleration::kvm) throw;
            why_not_ = error.what();
            return nullptr;
        }
    }

    std::unique_ptr<TinyMachine> start(const std::string& name, const fs::path& ram, const fs::path& stream) {
        // The hosts on which KVM is emulated itself (kvm_pvm) have no cmpxchg16b.
        const std::vector<std::string> accel = GetParam() == Acceleration::kvm
                                                   ? std::vector<std::string>{"kvm", "qemu64,-cx16"}
                                                   : std::vector<std::string>{"tcg"};
        return std::make_unique<TinyMachine>(
            runner_, TinyMachineSpec{{"qemu-system-x86_64"}, accel, folder_.path() / name, ram, stream}, context_);
    }

    SystemClock clock_;
    Context context_ = Context::with_clock(clock_).with_timeout(180s);
    process::BoostRunner runner_;
    TempFolder folder_{fs::temp_directory_path(), "crib-test"};
    std::string why_not_;
};

TEST_P(OwnStream, IsSplitAndLoadedAgainByTheSameQemu) {
    if (GetParam() == Acceleration::kvm) {
        const auto finding = AccelerationProbe(runner_, folder_.path()).look(context_);
        if (finding.kind == KvmFinding::Kind::no_device || finding.kind == KvmFinding::Kind::no_permission) {
            GTEST_SKIP() << explain(finding);
        }
    }
    auto machine = booted();
    if (!machine) GTEST_SKIP() << "KVM does not run the guest here: " << why_not_;
    machine->stop(context_);
    const auto stream = folder_.path() / "stream";
    machine->save(stream, context_);
    const auto memory = machine->memory(context_);
    const auto counted = machine->last_count();
    machine.reset();

    const auto image = folder_.path() / "image";
    const auto ram = folder_.path() / "ram";
    const auto rest = folder_.path() / "rest";
    write_file(image, stream::libvirt_head() + read_file(stream));
    split_memory(image, ram, rest, context_);
    const auto content = read_file(ram);
    EXPECT_TRUE(test::parts_of_ram(content) == memory);

    const auto qemus_own = folder_.path() / "qemus-own";
    write_file(qemus_own, read_file(rest).substr(kStateHead));
    const auto loaded = start("second", ram, qemus_own);
    loaded->wait_until_loaded(context_);
    EXPECT_TRUE(loaded->memory(context_) == memory);
    EXPECT_EQ(loaded->last_count(), 0U);
    loaded->go_on(context_);
    loaded->wait_until_counted(counted + 20, context_);
    loaded->stop(context_);
    // The line in which it was stopped may have begun before.
    const auto counts = loaded->counts();
    for (std::size_t i = 1; i < counts.size(); ++i) ASSERT_EQ(counts[i], counts[i - 1] + 1);
    EXPECT_LE(counts.front(), counted + 2);
    EXPECT_GT(counts.front(), counted);
    EXPECT_TRUE(read_file(ram) == content) << "it is mapped, and nobody writes to it";

    // And a machine that stands on a file is saved and split as any other.
    const auto again = folder_.path() / "again";
    loaded->save(stream, context_);
    write_file(image, stream::libvirt_head() + read_file(stream));
    split_memory(image, again, folder_.path() / "rest-again", context_);
    EXPECT_TRUE(test::parts_of_ram(read_file(again)) == loaded->memory(context_));
}

INSTANTIATE_TEST_SUITE_P(Under, OwnStream, testing::Values(Acceleration::tcg, Acceleration::kvm),
                         [](const auto& instance) { return std::string(to_string(instance.param)); });

}  // namespace
}  // namespace crib::hypervisor
