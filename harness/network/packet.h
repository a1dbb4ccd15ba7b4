#pragma once
// Reading and making the few kinds of packet the gateway speaks itself. Pure: bytes in, bytes out.
// Nothing here trusts a length that came from a guest.

#include "harness/network/address.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace crib::network {

using Bytes = std::span<const std::uint8_t>;
using Frame = std::vector<std::uint8_t>;

constexpr std::size_t ethernet_header = 14;
constexpr std::uint16_t ether_ipv4 = 0x0800;
constexpr std::uint16_t ether_arp = 0x0806;
constexpr std::uint16_t ether_ipv6 = 0x86dd;
constexpr std::uint8_t protocol_icmp = 1;
constexpr std::uint8_t protocol_tcp = 6;
constexpr std::uint8_t protocol_udp = 17;

[[nodiscard]] std::uint16_t read16(Bytes data, std::size_t at);
[[nodiscard]] std::uint32_t read32(Bytes data, std::size_t at);
void write16(std::span<std::uint8_t> data, std::size_t at, std::uint16_t value);
void write32(std::span<std::uint8_t> data, std::size_t at, std::uint32_t value);

// At least ethernet_header bytes long.
[[nodiscard]] Mac destination_of(Bytes frame);
[[nodiscard]] Mac source_of(Bytes frame);
[[nodiscard]] std::uint16_t ether_type_of(Bytes frame);

struct ArpPacket {
    bool request = false;
    Mac sender_mac;
    Ipv4 sender;
    Ipv4 target;
};
[[nodiscard]] std::optional<ArpPacket> parse_arp(Bytes frame);

struct Ipv4Packet {
    Ipv4 source;
    Ipv4 destination;
    std::uint8_t protocol = 0;
    bool fragment = false;  // any fragment but a whole packet
    Bytes header;           // with its options
    Bytes payload;          // up to the packet's own length; the frame's padding is left out
};
[[nodiscard]] std::optional<Ipv4Packet> parse_ipv4(Bytes frame);

struct UdpDatagram {
    std::uint16_t source_port = 0;
    std::uint16_t destination_port = 0;
    Bytes data;
};
[[nodiscard]] std::optional<UdpDatagram> parse_udp(const Ipv4Packet& packet);

struct TcpSegment {
    std::uint16_t source_port = 0;
    std::uint16_t destination_port = 0;
    std::uint32_t sequence = 0;
    std::uint32_t acknowledged = 0;
    bool syn = false;
    bool ack = false;
    bool rst = false;
    bool fin = false;
    Bytes data{};
};
[[nodiscard]] std::optional<TcpSegment> parse_tcp(const Ipv4Packet& packet);

// The Internet checksum's running sum of `data`, and the sum folded and inverted.
[[nodiscard]] std::uint32_t checksum_add(std::uint32_t sum, Bytes data);
[[nodiscard]] std::uint16_t checksum_finish(std::uint32_t sum);

struct Ends {  // who a made frame is from and to
    Mac source_mac;
    Ipv4 source;
    Mac destination_mac;
    Ipv4 destination;
};

[[nodiscard]] Frame make_arp(bool request, const Ends& ends);
[[nodiscard]] Frame make_ipv4(const Ends& ends, std::uint8_t protocol, Bytes payload);
[[nodiscard]] Frame make_udp(const Ends& ends, std::uint16_t source_port, std::uint16_t destination_port, Bytes data);
[[nodiscard]] Frame make_tcp(const Ends& ends, const TcpSegment& segment);

// Answers to a guest's frame, sent back to it as from `own_mac`.
[[nodiscard]] Frame answer_echo(Bytes frame, const Ipv4Packet& request, const Mac& own_mac);

// "Communication administratively prohibited": a connection attempt fails at once instead of timing out.
[[nodiscard]] Frame answer_prohibited(Bytes frame, const Ipv4Packet& packet, const Mac& own_mac, Ipv4 own_address);

// "Connection refused" for a segment that opens a connection.
[[nodiscard]] Frame answer_reset(Bytes frame, const Ipv4Packet& packet, const TcpSegment& segment);

}  // namespace crib::network
