#pragma once
// What the component store says while it works.

#include "harness/base/clock.h"

#include <functional>
#include <string>

namespace crib::component {

struct Progress {
    enum class Kind {
        reused,    // everything was in the cache; nothing was run
        waiting,   // another crib is building the same; `what` says who
        step,      // step `step` of `steps` begins
        detail,    // further on within the same step: "340 packages compiled"
        finished,  // `elapsed` is the whole time; `what` is "fetched" where nothing was built
    };
    Kind kind = Kind::step;
    std::string component;  // "kubernetes 1.36.3"
    std::string what;       // "compile kubeadm kubelet kubectl"
    int step = 0;           // from 1
    int steps = 0;
    Duration elapsed{};  // since this component's building began
};

// Called from the thread that builds or, while that waits for a program, from one that watches the program.
using ProgressSink = std::function<void(const Progress&)>;

}  // namespace crib::component
