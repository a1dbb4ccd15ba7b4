#include "harness/scenario/path_segments.h"

#include <algorithm>

namespace crib::scenario {

std::optional<Segments> segments_of(const std::string& path) {
    Segments segments;
    for (std::size_t at = 0;; ++at) {
        auto end = std::min(path.find_first_of(".[", at), path.size());
        segments.push_back({path.substr(at, end - at)});
        if (segments.back().name.find(']') != std::string::npos) return std::nullopt;
        while (end < path.size() && path[end] == '[') {
            const auto close = path.find(']', end);
            if (close == std::string::npos) return std::nullopt;
            segments.push_back({path.substr(end + 1, close - end - 1), true});
            end = close + 1;
        }
        if (end == path.size()) return segments;
        if (path[end] != '.') return std::nullopt;
        at = end;
    }
}

}  // namespace crib::scenario
