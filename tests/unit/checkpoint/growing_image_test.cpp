// Memory that is used while the rest of it is still being unpacked.

#include "harness/checkpoint/growing_image.h"

#include "harness/base/error.h"
#include "harness/checkpoint/file_io.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>

namespace crib::checkpoint {
namespace {

class AGrowingImage : public testing::Test {
protected:
    [[nodiscard]] UniqueFd file() { return create_nameless_file(std::filesystem::temp_directory_path()); }

    SystemClock clock_;
    Context patient_ = Context::with_clock(clock_).with_timeout(std::chrono::seconds{30});
};

TEST_F(AGrowingImage, IsReadAsFarAsItIsThere) {
    std::latch go_on(1);
    GrowingImage image(file(), 8, clock_, [&](GrowingImage& self, const Context&) {
        write_at(self.fd(), 0, "half", "image");
        self.grown_to(4);
        go_on.wait();
        write_at(self.fd(), 4, "rest", "image");
        self.grown_to(8);
    });
    EXPECT_EQ(image.wait_for_more(3, patient_), 4U);
    std::string begin(4, ' ');
    read_at(image.fd(), 0, begin, "image");
    EXPECT_EQ(begin, "half");
    go_on.count_down();
    EXPECT_EQ(image.wait_for_more(7, patient_), 8U);
    image.wait_for_all(patient_);
}

TEST_F(AGrowingImage, SaysHowMuchMoreOfItIsThere) {
    std::latch go_on(1);
    GrowingImage image(file(), 8, clock_, [&](GrowingImage& self, const Context&) {
        self.grown_to(3);
        go_on.wait();
    });
    EXPECT_EQ(image.wait_for_more(0, patient_), 3U);
    go_on.count_down();
    EXPECT_EQ(image.wait_for_more(3, patient_), 8U);
}

TEST_F(AGrowingImage, IsWaitedForNoLongerThanTheContextAllows) {
    std::latch go_on(1);
    GrowingImage image(file(), 8, clock_, [&](GrowingImage&, const Context&) { go_on.wait(); });
    std::stop_source stop;
    stop.request_stop();
    EXPECT_THROW((void)image.wait_for_more(0, patient_.with_stop(stop.get_token())), Error);
    EXPECT_THROW(image.wait_for_all(patient_.with_stop(stop.get_token())), Error);
    go_on.count_down();
}

TEST_F(AGrowingImage, ThatCannotBeUnpackedFailsForEverybodyButThoseWhoHaveTheirs) {
    GrowingImage image(file(), 8, clock_, [](GrowingImage& self, const Context&) {
        self.grown_to(4);
        throw Error(ErrorKind::environment, "damaged");
    });
    EXPECT_THROW((void)image.wait_for_more(4, patient_), Error);
    EXPECT_THROW(image.wait_for_all(patient_), Error);
    EXPECT_NO_THROW((void)image.wait_for_more(3, patient_));
}

TEST_F(AGrowingImage, ThatNobodyWantsAnyMoreIsNotUnpackedToTheEnd) {
    std::atomic<bool> stopped = false;
    {
        std::latch begun(1);
        GrowingImage image(file(), 8, clock_, [&](GrowingImage&, const Context& context) {
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
