#pragma once
// VersionRange: comparisons that versions pass or not.

#include "harness/base/version.h"

#include <array>
#include <string_view>
#include <vector>

namespace crib::catalogue {

// ">=1.32 <1.34": all comparisons hold. "=1.36" is every 1.36.x; "=1.36.0" just that one. A suffix of the version asked
// about does not count.
class VersionRange {
public:
    // Error(component) for a text that is no such range.
    static VersionRange parse(std::string_view text);
    // Does the text begin as a range does?
    [[nodiscard]] static bool looks_like_one(std::string_view text);

    [[nodiscard]] bool contains(const Version& version) const;

private:
    enum class Comparison { at_least, below, within };
    struct Bound {
        Comparison comparison = Comparison::at_least;
        std::array<unsigned, 3> numbers{};
        std::size_t written = 3;  // how many numbers the text has
    };
    std::vector<Bound> bounds_;
};

}  // namespace crib::catalogue
