#include "harness/base/clock.h"

#include <condition_variable>
#include <mutex>

namespace crib {

TimePoint SystemClock::now() const {
    return std::chrono::steady_clock::now();
}

WallTime SystemClock::wall_now() const {
    return std::chrono::system_clock::now();
}

bool SystemClock::sleep_until(TimePoint when, const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    // A far deadline overflows some wait_until implementations; nobody sleeps for more than a day.
    const auto limit = std::min(when, now() + std::chrono::hours{24});
    wake.wait_until(lock, stop, limit, [] { return false; });
    return !stop.stop_requested();
}

}  // namespace crib
