// Memory on its way into a file, which others wait for.

#include "harness/checkpoint/unpacking.h"

#include "harness/base/error.h"
#include "harness/checkpoint/file_io.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>

namespace crib::checkpoint {
namespace {

class AnUnpacking : public testing::Test {
protected:
    [[nodiscard]] UniqueFd file() { return create_nameless_file(std::filesystem::temp_directory_path()); }

    SystemClock clock_;
    Context patient_ = Context::with_clock(clock_).with_timeout(std::chrono::seconds{30});
};

TEST_F(AnUnpacking, IsWaitedForUntilAllIsThere) {
    std::latch go_on(1);
    std::atomic<bool> done = false;
    Unpacking image(file(), clock_, [&](int to, const Context&) {
        go_on.wait();
        write_at(to, 0, "memory", "image");
        done = true;
    });
    go_on.count_down();
    image.wait(patient_);
    EXPECT_TRUE(done);
    EXPECT_EQ(read_file(image.path()), "memory");
}

TEST_F(AnUnpacking, IsWaitedForNoLongerThanTheContextAllows) {
    std::latch go_on(1);
    Unpacking image(file(), clock_, [&](int, const Context&) { go_on.wait(); });
    std::stop_source stop;
    stop.request_stop();
    EXPECT_THROW(image.wait(patient_.with_stop(stop.get_token())), Error);
    go_on.count_down();
}

TEST_F(AnUnpacking, ThatFailsFailsForEverybodyWhoWaits) {
    Unpacking image(file(), clock_, [](int, const Context&) { throw Error(ErrorKind::environment, "damaged"); });
    EXPECT_THROW(image.wait(patient_), Error);
    EXPECT_THROW(image.wait(patient_), Error);
}

TEST_F(AnUnpacking, ThatNobodyWantsAnyMoreIsNotDoneToTheEnd) {
    std::atomic<bool> stopped = false;
    {
        std::latch begun(1);
        Unpacking image(file(), clock_, [&](int, const Context& context) {
            begun.count_down();
            while (!context.done()) std::this_thread::yield();
            stopped = true;
        });
        begun.wait();
    }
    EXPECT_TRUE(stopped);
}

}  // namespace
}  // namespace crib::checkpoint
