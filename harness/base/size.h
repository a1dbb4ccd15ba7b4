#pragma once
// ByteSize: an amount of memory or disk, read and written with its unit.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace crib {

struct ByteSize {
    std::uint64_t bytes = 0;

    static constexpr ByteSize mib(std::uint64_t n) { return {n << 20U}; }
    static constexpr ByteSize gib(std::uint64_t n) { return {n << 30U}; }

    // "2300MiB", "8GiB", "512KiB", "2GB", "1024" (bytes). Nothing for anything else, or on overflow.
    static std::optional<ByteSize> parse(std::string_view text);

    [[nodiscard]] std::uint64_t in_mib() const { return bytes >> 20U; }

    auto operator<=>(const ByteSize&) const = default;
};

// The largest binary unit with at most one decimal: "2.2 GiB", "96 MiB".
[[nodiscard]] std::string to_string(ByteSize size);

// The largest binary unit of which it is a whole number: two sizes that differ differ here. "1890 MiB", "3 GiB".
[[nodiscard]] std::string to_exact_string(ByteSize size);

}  // namespace crib
