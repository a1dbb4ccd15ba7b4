#pragma once
// ManualClock: time passes only when somebody sleeps or advance() is called. Nobody really waits.

#include "harness/base/clock.h"

#include <mutex>

namespace crib::test {

class ManualClock final : public Clock {
public:
    [[nodiscard]] TimePoint now() const override;
    [[nodiscard]] WallTime wall_now() const override;
    bool sleep_until(TimePoint when, const std::stop_token& stop) override;

    void advance(Duration by);

private:
    mutable std::mutex mutex_;
    Duration elapsed_{};
};

}  // namespace crib::test
