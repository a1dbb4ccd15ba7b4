#include "harness/base/lock.h"

#include "harness/base/error.h"
#include "tests/support/manual_clock.h"
#include "tests/support/no_descriptors.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

namespace crib {
namespace {

using namespace std::chrono_literals;

class Lock : public testing::Test {
protected:
    TempFolder folder_{std::filesystem::temp_directory_path()};
    std::filesystem::path path_ = folder_.path() / "key.lock";
    test::ManualClock clock_;
};

TEST_F(Lock, HasOneOwnerAtATime) {
    const auto first = FileLock::try_take(path_);
    EXPECT_TRUE(first);
    EXPECT_FALSE(FileLock::try_take(path_));
}

TEST_F(Lock, InAHeldFolderIsNamedByItsPlace) {
    const auto folder = HeldFolder::open(folder_.path()).value();
    EXPECT_TRUE(FileLock::try_take(folder, "key.lock"));
    EXPECT_TRUE(std::filesystem::exists(path_));
    std::filesystem::create_directory(folder_.path() / "owner.lock");
    try {
        (void)FileLock::try_take(folder, "owner.lock");
        FAIL();
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find((folder_.path() / "owner.lock").string()), std::string::npos);
    }
}

TEST_F(Lock, IsFreeAgainWhenItsOwnerIsGone) {
    {
        const auto first = FileLock::try_take(path_);
        EXPECT_TRUE(FileLock::held(path_));
    }
    EXPECT_FALSE(FileLock::held(path_));
    EXPECT_TRUE(FileLock::try_take(path_));
}

TEST_F(Lock, IsNotHeldWhenThereIsNoFile) {
    EXPECT_FALSE(FileLock::held(path_));
}

TEST_F(Lock, IsNotTakenForFreeWhenTooManyFilesAreOpen) {
    const auto path = folder_.path() / "held";
    const auto lock = FileLock::try_take(path);
    const test::NoDescriptors none;
    EXPECT_THROW((void)FileLock::held(path), Error);
    EXPECT_THROW((void)FileLock::in_use(path), Error);
}

TEST_F(Lock, TellsOnceWhoHoldsItAndGivesUpAtTheDeadline) {
    const auto first = FileLock::try_take(path_);
    std::vector<std::string> told;
    try {
        (void)FileLock::take(path_, Context::with_clock(clock_).with_timeout(1s),
                             [&](const std::string& holder) { told.push_back(holder); });
        FAIL() << "took a lock that is held";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::timeout);
        EXPECT_NE(std::string(error.what()).find("key.lock"), std::string::npos) << error.what();
    }
    EXPECT_EQ(told, std::vector<std::string>{"process " + std::to_string(::getpid())});
}

TEST_F(Lock, IsTakenAsSoonAsItIsFree) {
    auto first = FileLock::try_take(path_);
    const auto second = FileLock::take(path_, Context::with_clock(clock_), [&](const std::string&) { first.reset(); });
    EXPECT_TRUE(FileLock::held(path_));
}

TEST_F(Lock, IsReleasedByTheKernelWhenItsOwnerIsKilled) {
    std::array<int, 2> ready{};
    ASSERT_EQ(::pipe(ready.data()), 0);
    const auto child = ::fork();
    if (child == 0) {
        const auto lock = FileLock::try_take(path_);
        [[maybe_unused]] const auto told = ::write(ready[1], "x", 1);
        ::pause();
        ::_exit(0);
    }
    char byte = 0;
    ASSERT_EQ(::read(ready[0], &byte, 1), 1);
    EXPECT_TRUE(FileLock::held(path_));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    EXPECT_TRUE(FileLock::try_take(path_));
    ::close(ready[0]);
    ::close(ready[1]);
}

TEST_F(Lock, DoesNotTrustAFileThatWasRemovedMeanwhile) {
    const auto first = FileLock::try_take(path_);
    std::filesystem::remove(path_);
    EXPECT_TRUE(FileLock::try_take(path_));  // a new file is a new lock
}

TEST_F(Lock, NamesAFolderThatIsNotThere) {
    try {
        (void)FileLock::try_take(folder_.path() / "missing" / "key.lock");
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::environment);
    }
}

}  // namespace
}  // namespace crib
