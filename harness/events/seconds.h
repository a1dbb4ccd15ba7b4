#pragma once
// Durations in records: seconds with three decimals.

#include "harness/base/clock.h"

namespace crib::events {

[[nodiscard]] inline double seconds(Duration duration) {
    return static_cast<double>(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count()) / 1000.0;
}

}  // namespace crib::events
