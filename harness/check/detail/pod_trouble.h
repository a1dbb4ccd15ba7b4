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
    bool crashes = false;   // CrashLoopBackOff
    int patience = 1;       // terminal: so many times the usual grace must it have lasted
};

struct PodRules {
    bool registry = false;  // images can be pulled
    int restarts = 5;       // CrashLoopBackOff is terminal from so many restarts on
    // All pods of the cluster, where they are known: a crash loop of a container that went without what it needs, such
    // as the API server, comes right by itself, so it is then terminal only where what it needs had been there for
    // `settle`.
    const std::vector<Pod>* all = nullptr;
    Duration settle{};
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
