#include "tests/support/manual_clock.h"

#include <algorithm>

namespace crib::test {
namespace {
constexpr auto kStart = TimePoint{std::chrono::hours{1}};
constexpr auto kWallStart = WallTime{std::chrono::seconds{1'800'000'000}};
}  // namespace

TimePoint ManualClock::now() const {
    const std::lock_guard lock(mutex_);
    return kStart + elapsed_;
}

WallTime ManualClock::wall_now() const {
    const std::lock_guard lock(mutex_);
    return kWallStart + std::chrono::duration_cast<WallTime::duration>(elapsed_);
}

bool ManualClock::sleep_until(TimePoint when, const std::stop_token& stop) {
    if (stop.stop_requested()) return false;
    const std::lock_guard lock(mutex_);
    elapsed_ = std::max(elapsed_, when - kStart);
    return true;
}

void ManualClock::advance(Duration by) {
    const std::lock_guard lock(mutex_);
    elapsed_ += by;
}

}  // namespace crib::test
