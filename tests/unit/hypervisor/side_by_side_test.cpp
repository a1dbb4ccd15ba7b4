#include "harness/hypervisor/libvirt/side_by_side.h"

#include "harness/base/error.h"
#include "tests/support/manual_clock.h"

#include <gmock/gmock.h>

#include <atomic>
#include <future>

namespace crib::hypervisor {
namespace {

using testing::HasSubstr;

struct Slow {
    std::promise<void> release;
    std::shared_future<void> released = release.get_future().share();
    std::atomic<int> aborts = 0;

    // As libvirt: the job that is aborted ends with an error of its own.
    void wait() const {
        released.wait();
        throw Error(ErrorKind::hypervisor, "operation aborted");
    }
    void abort() {
        if (aborts++ == 0) release.set_value();
    }
};

TEST(SideBySide, WaitsForAllOfThem) {
    test::ManualClock clock;
    std::atomic<int> done = 0;
    side_by_side(
        5, "saving", Context::with_clock(clock), [&](std::size_t) { ++done; }, [](std::size_t) {});
    EXPECT_EQ(done, 5);
    side_by_side(
        0, "saving", Context::with_clock(clock), [&](std::size_t) { ++done; }, [](std::size_t) {});
    EXPECT_EQ(done, 5);
}

TEST(SideBySide, OneThatFailsEndsTheOthersAndIsTheOneThatIsTold) {
    test::ManualClock clock;
    Slow slow;
    const auto job = [&](std::size_t i) {
        if (i == 1) throw Error(ErrorKind::hypervisor, "the disk is full");
        slow.wait();
    };
    const auto abort = [&](std::size_t i) {
        EXPECT_EQ(i, 0U);
        slow.abort();
    };
    try {
        side_by_side(2, "saving", Context::with_clock(clock), job, abort);
        FAIL();
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "the disk is full");
    }
    EXPECT_GE(slow.aborts, 1);
}

TEST(SideBySide, TheUserWhoStopsItIsTheReasonThatIsTold) {
    test::ManualClock clock;
    Slow slow;
    std::stop_source stop;
    stop.request_stop();
    try {
        side_by_side(
            1, "saving", Context::with_clock(clock).with_stop(stop.get_token()), [&](std::size_t) { slow.wait(); },
            [&](std::size_t) { slow.abort(); });
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::cancelled);
        EXPECT_THAT(error.what(), HasSubstr("saving"));
    }
}

TEST(SideBySide, TriesAllAndTellsWhichFailed) {
    const auto failures = try_side_by_side(3, [](std::size_t i) {
        if (i == 1) throw Error(ErrorKind::hypervisor, "no");
    });
    ASSERT_EQ(failures.size(), 3U);
    EXPECT_FALSE(failures[0]);
    EXPECT_TRUE(failures[1]);
    EXPECT_FALSE(failures[2]);
}

}  // namespace
}  // namespace crib::hypervisor
