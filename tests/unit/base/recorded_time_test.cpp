#include "harness/base/recorded_time.h"

#include <gtest/gtest.h>

#include <limits>

namespace crib {
namespace {

using namespace std::chrono_literals;

TEST(RecordedTimes, AreThoseOfTheFile) {
    EXPECT_EQ(wall_time_of_seconds(1'764'400'000), WallTime{1'764'400'000s});
    EXPECT_EQ(wall_time_of_milliseconds(1'764'400'000'123), WallTime{1'764'400'000'123ms});
    EXPECT_EQ(duration_of_seconds(90.5), 90'500ms);
    EXPECT_EQ(duration_of_seconds(0), 0s);
}

TEST(RecordedTimes, ThatNoClockHoldsAreTheNearestThatItCan) {
    using Seconds = std::numeric_limits<std::int64_t>;
    EXPECT_EQ(wall_time_of_seconds(Seconds::max()), WallTime{std::chrono::seconds{kLatestSecond}});
    EXPECT_EQ(wall_time_of_milliseconds(Seconds::max()), WallTime{std::chrono::seconds{kLatestSecond}});
    EXPECT_EQ(wall_time_of_seconds(Seconds::min()), WallTime{});
    EXPECT_EQ(wall_time_of_milliseconds(-1), WallTime{});
    EXPECT_EQ(duration_of_seconds(1e300), 100'000'000s);
    EXPECT_EQ(duration_of_seconds(std::numeric_limits<double>::infinity()), 100'000'000s);
    EXPECT_EQ(duration_of_seconds(std::numeric_limits<double>::quiet_NaN()), 0s);
    EXPECT_EQ(duration_of_seconds(-1e300), 0s);
}

}  // namespace
}  // namespace crib
