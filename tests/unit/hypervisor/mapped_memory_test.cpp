// The holes of a memory file that a process has open.

#include "harness/hypervisor/libvirt/mapped_memory.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "tests/support/manual_clock.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

namespace crib::hypervisor {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMegabyte = 1U << 20U;

// This process plays QEMU.
class MappedMemory : public testing::Test {
protected:
    MappedMemory() { write_file(pid_file_, std::to_string(::getpid()) + "\n"); }

    // With a page of content in its middle.
    static UniqueFd memory(const char* name) {
        UniqueFd fd(::memfd_create(name, MFD_CLOEXEC));
        EXPECT_EQ(::ftruncate(fd.get(), 100 * kMegabyte), 0);
        EXPECT_EQ(::pwrite(fd.get(), "content", 7, 50 * kMegabyte), 7);
        return fd;
    }
    static std::size_t room_of(const UniqueFd& fd) {
        struct stat status {};
        EXPECT_EQ(::fstat(fd.get(), &status), 0);
        return static_cast<std::size_t>(status.st_blocks) * 512;
    }

    TempFolder folder_{fs::temp_directory_path(), "crib-mapped"};
    fs::path pid_file_ = folder_.path() / "qemu.pid";
    test::ManualClock clock_;
    Context context_ = Context::with_clock(clock_);
};

TEST_F(MappedMemory, HasNoHolesBeforeTheMachineIsSaved) {
    const auto mine = memory("crib-memory");
    fill_holes_of_memory(pid_file_, context_);
    EXPECT_EQ(room_of(mine), 100 * kMegabyte);
    std::string content(7, ' ');
    EXPECT_EQ(::pread(mine.get(), content.data(), content.size(), 50 * kMegabyte), 7);
    EXPECT_EQ(content, "content");
}

TEST_F(MappedMemory, OfOthersIsLeftAlone) {
    const auto others = memory("somebody");
    fill_holes_of_memory(pid_file_, context_);
    EXPECT_LT(room_of(others), kMegabyte);
    EXPECT_NO_THROW(fill_holes_of_memory(folder_.path() / "missing", context_));
}

TEST_F(MappedMemory, IsFilledNoLongerThanTheSaveIsWanted) {
    const auto mine = memory("crib-memory");
    std::stop_source stop;
    stop.request_stop();
    EXPECT_THROW(fill_holes_of_memory(pid_file_, context_.with_stop(stop.get_token())), Error);
    EXPECT_LT(room_of(mine), kMegabyte);
}

}  // namespace
}  // namespace crib::hypervisor
