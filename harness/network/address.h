#pragma once
// Ethernet and IPv4 addresses as values.

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace crib::network {

struct Mac {
    std::array<std::uint8_t, 6> bytes{};

    // "52:54:00:76:00:0b"; nothing for anything else.
    static std::optional<Mac> parse(std::string_view text);

    // Broadcast counts as multicast, as on the wire.
    [[nodiscard]] bool is_multicast() const { return (bytes[0] & 1U) != 0; }
    [[nodiscard]] bool is_broadcast() const { return *this == Mac{{255, 255, 255, 255, 255, 255}}; }
    [[nodiscard]] std::uint64_t number() const;

    auto operator<=>(const Mac&) const = default;
};

struct Ipv4 {
    std::uint32_t number = 0;  // in the machine's order: 192.168.76.1 is 0xc0a84c01

    static std::optional<Ipv4> parse(std::string_view text);  // dotted, four numbers

    auto operator<=>(const Ipv4&) const = default;
};

[[nodiscard]] std::string to_string(const Mac& mac);
[[nodiscard]] std::string to_string(Ipv4 address);

}  // namespace crib::network
