#include "harness/network/address.h"

#include "harness/base/text.h"

#include <fmt/format.h>

#include <charconv>

namespace crib::network {
namespace {

std::optional<std::uint8_t> parse_byte(std::string_view text, int base) {
    if (text.empty() || text.size() > (base == 16 ? 2U : 3U)) return std::nullopt;
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc{} || end != text.data() + text.size() || value > 255) return std::nullopt;
    return static_cast<std::uint8_t>(value);
}

}  // namespace

std::optional<Mac> Mac::parse(std::string_view text) {
    const auto parts = split(text, ':');
    if (parts.size() != 6) return std::nullopt;
    Mac mac;
    for (std::size_t i = 0; i < 6; ++i) {
        const auto byte = parse_byte(parts[i], 16);
        if (!byte) return std::nullopt;
        mac.bytes[i] = *byte;
    }
    return mac;
}

std::uint64_t Mac::number() const {
    std::uint64_t value = 0;
    for (const auto byte : bytes) value = value << 8U | byte;
    return value;
}

std::optional<Ipv4> Ipv4::parse(std::string_view text) {
    const auto parts = split(text, '.');
    if (parts.size() != 4) return std::nullopt;
    Ipv4 address;
    for (const auto& part : parts) {
        const auto byte = parse_byte(part, 10);
        if (!byte) return std::nullopt;
        address.number = address.number << 8U | *byte;
    }
    return address;
}

std::string to_string(const Mac& mac) {
    const auto& b = mac.bytes;
    return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", b[0], b[1], b[2], b[3], b[4], b[5]);
}

std::string to_string(Ipv4 address) {
    const auto n = address.number;
    return fmt::format("{}.{}.{}.{}", n >> 24U, n >> 16U & 255U, n >> 8U & 255U, n & 255U);
}

}  // namespace crib::network
