#pragma once
// Clock: the only way to learn the time or to sleep, so that tests own both.

#include <chrono>
#include <memory>
#include <stop_token>

namespace crib {

using Duration = std::chrono::steady_clock::duration;
using TimePoint = std::chrono::steady_clock::time_point;
using WallTime = std::chrono::system_clock::time_point;

class Clock {
public:
    virtual ~Clock() = default;

    [[nodiscard]] virtual TimePoint now() const = 0;
    [[nodiscard]] virtual WallTime wall_now() const = 0;

    // Sleeps until `when`, or until `stop` is requested; false when stopped. Thread-safe.
    virtual bool sleep_until(TimePoint when, const std::stop_token& stop) = 0;
};

class SystemClock final : public Clock {
public:
    [[nodiscard]] TimePoint now() const override;
    [[nodiscard]] WallTime wall_now() const override;
    bool sleep_until(TimePoint when, const std::stop_token& stop) override;
};

}  // namespace crib
