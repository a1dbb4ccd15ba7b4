#pragma once
// Version: a dotted version that compares by its numbers, and ranges of them.

#include <array>
#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace crib::catalogue {

// "1.36.3", "1.9.1-flannel3", "6.12". Numbers that are not written are 0.
struct Version {
    std::array<unsigned, 3> numbers{};
    std::string rest{};  // what follows the numbers: "-flannel3"

    [[nodiscard]] unsigned major() const { return numbers[0]; }
    [[nodiscard]] unsigned minor() const { return numbers[1]; }
    [[nodiscard]] unsigned patch() const { return numbers[2]; }

    friend auto operator<=>(const Version&, const Version&) = default;
};

// Nothing when it does not begin with a number. No leading "v".
[[nodiscard]] std::optional<Version> parse_version(std::string_view text);

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
