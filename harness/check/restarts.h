#pragma once
// RestartBaseline: how often each container had restarted at the moment when the cluster was good.

#include "harness/check/api_objects.h"

#include <map>
#include <string>
#include <vector>

namespace crib::check {

struct RestartBaseline {
    std::map<std::string, int> counts;  // by namespace/pod/uid/container
    TimePoint taken;

    static RestartBaseline of(const std::vector<Pod>& pods, TimePoint now);
};

// The key of a container in it.
[[nodiscard]] std::string counter_key(const Pod& pod, const Container& container);

}  // namespace crib::check
