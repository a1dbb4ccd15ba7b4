#pragma once
// What the image store says while it works.

#include "harness/base/clock.h"

#include <cstdint>
#include <functional>
#include <string>

namespace crib::image {

struct Progress {
    enum class Kind {
        reused,    // everything was in the cache; nothing was run
        waiting,   // another crib is making the same; `what` says who
        step,      // `what` begins
        detail,    // further on within the same step: "120 MiB of 360 MiB"
        finished,  // `elapsed` is the whole time
    };
    Kind kind = Kind::step;
    std::string image;  // "debian-13", "container images"
    std::string what;
    Duration elapsed{};  // since this image's making began
};

// Called from the thread that works.
using ProgressSink = std::function<void(const Progress&)>;

}  // namespace crib::image
