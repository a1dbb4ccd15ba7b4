#pragma once
// Version: a dotted version that compares by its numbers.

#include <array>
#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace crib {

// "1.36.3", "1.9.1-flannel3", "6.12". Numbers that are not written are 0.
struct Version {
    std::array<unsigned, 3> numbers{};
    std::string rest{};  // what follows the numbers: "-flannel3"

    [[nodiscard]] unsigned major() const { return numbers[0]; }
    [[nodiscard]] unsigned minor() const { return numbers[1]; }
    [[nodiscard]] unsigned patch() const { return numbers[2]; }

    friend auto operator<=>(const Version&, const Version&) = default;
};

// A version, and how many of its numbers the text has: 1 to 3.
struct WrittenVersion {
    Version version;
    std::size_t numbers = 0;
};

// Nothing when the text does not begin with a number. No leading "v".
[[nodiscard]] std::optional<WrittenVersion> parse_written_version(std::string_view text);
[[nodiscard]] std::optional<Version> parse_version(std::string_view text);

// "1.36" of "1.36.3"; the text itself when it has no second dot.
[[nodiscard]] std::string minor_of(std::string_view version);

// Is "1.9" older than "1.31"? Only numbers count; a text without any is 0.
[[nodiscard]] bool is_older(std::string_view left, std::string_view right);

}  // namespace crib
