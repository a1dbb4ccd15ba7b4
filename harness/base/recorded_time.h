#pragma once
// Times that a file tells: others may have written it, and what no clock can hold becomes the nearest that it can.

#include "harness/base/clock.h"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace crib {

inline constexpr std::int64_t kLatestSecond = 9'000'000'000;  // the year 2255; a clock's nanoseconds reach to 2262
inline constexpr double kLongestSeconds = 1e8;                // three years; the sum of many still is a Duration

// Since 1970.
[[nodiscard]] inline WallTime wall_time_of_seconds(std::int64_t seconds) {
    return WallTime{std::chrono::seconds{std::clamp<std::int64_t>(seconds, 0, kLatestSecond)}};
}
[[nodiscard]] inline WallTime wall_time_of_milliseconds(std::int64_t milliseconds) {
    return WallTime{std::chrono::milliseconds{std::clamp<std::int64_t>(milliseconds, 0, kLatestSecond * 1000)}};
}

// What a record may say that something took; no number, none below nothing.
[[nodiscard]] inline bool is_recorded_duration(double seconds) {
    return seconds >= 0 && seconds <= kLongestSeconds;
}

// Never less than nothing.
[[nodiscard]] inline Duration duration_of_seconds(double seconds) {
    if (!(seconds > 0)) return {};  // nor a number that is none
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(std::min(seconds, kLongestSeconds)));
}

}  // namespace crib
