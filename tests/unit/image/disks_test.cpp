#include "harness/image/disks.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "tests/support/manual_clock.h"
#include "tests/support/recording_runner/recording_runner.h"

#include <gmock/gmock.h>

namespace crib::image {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Disks, ASwapDiskHasTheKernelsSignatureAndTakesNoRoom) {
    const TempFolder folder(std::filesystem::temp_directory_path());
    const auto path = folder.path() / "swap.raw";
    make_swap_disk(path, ByteSize::mib(512));
    EXPECT_EQ(std::filesystem::file_size(path), ByteSize::mib(512).bytes);
    const std::string disk = read_file(path, ByteSize::mib(512).bytes);
    EXPECT_EQ(disk.substr(4096 - 10, 10), "SWAPSPACE2");
    EXPECT_EQ(disk.substr(1052, 10), std::string("crib-swap\0", 10));
    // The last usable page, little endian: 131071.
    EXPECT_EQ(disk.substr(1028, 4), std::string("\xFF\xFF\x01\x00", 4));
}

TEST(Disks, ASwapDiskTooSmallForTheKernelIsRefused) {
    EXPECT_THROW(make_swap_disk("/nonexistent/swap", ByteSize{4096}), Error);
}

TEST(Disks, ANodesDiskIsAnOverlayOnTheSharedOne) {
    test::RecordingRunner runner;
    test::ManualClock clock;
    const auto context = Context::with_clock(clock);
    make_overlay(runner, "/cache/root.qcow2", "/run/vda.qcow2", context);
    make_overlay(runner, "/cache/root.qcow2", "/run/vdb.qcow2", context, ByteSize::gib(1));
    EXPECT_THAT(runner.lines(),
                ElementsAre("qemu-img create -q -f qcow2 -F qcow2 -b /cache/root.qcow2 /run/vda.qcow2",
                            "qemu-img create -q -f qcow2 -F qcow2 -b /cache/root.qcow2 /run/vdb.qcow2 1073741824"));
}

TEST(Disks, AFullDiskIsNamedAsTheReason) {
    test::RecordingRunner runner;
    runner.on({"qemu-img"}, test::exited(1, "", "qemu-img: vda: Could not write: No space left on device\n"));
    test::ManualClock clock;
    try {
        make_overlay(runner, "/cache/root.qcow2", "/nonexistent/vda.qcow2", Context::with_clock(clock));
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("No space left on device"));
        EXPECT_THAT(error.hint(), HasSubstr("disk is full"));
    }
}

}  // namespace
}  // namespace crib::image
