#pragma once
// What keeps a pod from running, in a line, and whether it can still come right by itself.

#include "harness/base/clock.h"
#include "harness/base/wait.h"
#include "harness/check/api_objects.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace crib::check::detail {

struct PodTrouble {
    std::string text;       // "pod kube-system/coredns-1 waits: ImagePullBackOff (...)"
    bool terminal = false;  // waiting longer does not help
};

struct PodRules {
    bool registry = false;  // images can be pulled
    int restarts = 5;       // CrashLoopBackOff is terminal from so many restarts on
};

// Nothing when the pod is running and ready, or has completed.
[[nodiscard]] std::optional<PodTrouble> trouble_of(const Pod& pod, const PodRules& rules);

// Believes a terminal state only when it has lasted: kubelet shows some of them in passing while its
// caches fill.
class Patience {
public:
    explicit Patience(Duration grace) : grace_(grace) {}

    // not_yet or hopeless, with all troubles in one line. `troubles` must not be empty.
    Observation judge(const std::vector<PodTrouble>& troubles, TimePoint now);

private:
    Duration grace_;
    std::map<std::string, TimePoint> since_;
};

// At most a few of the lines: "a; b; c and 4 more".
[[nodiscard]] std::string summarise(const std::vector<std::string>& lines);

}  // namespace crib::check::detail
