#include "harness/check/restarts.h"

#include <fmt/format.h>

namespace crib::check {

std::string counter_key(const Pod& pod, const Container& container) {
    return fmt::format("{}/{}/{}", pod.full_name(), pod.uid, container.name);
}

RestartBaseline RestartBaseline::of(const std::vector<Pod>& pods, TimePoint now) {
    RestartBaseline baseline{{}, now};
    for (const auto& pod : pods) {
        for (const auto& container : pod.containers) baseline.counts[counter_key(pod, container)] = container.restarts;
    }
    return baseline;
}

}  // namespace crib::check
