#include "harness/network/packet.h"

#include <algorithm>

namespace crib::network {
namespace {

constexpr std::size_t arp_length = 28;
constexpr std::size_t ipv4_header = 20;
constexpr std::size_t udp_header = 8;
constexpr std::size_t tcp_header = 20;
constexpr std::size_t icmp_header = 8;

void put_mac(Frame& frame, std::size_t at, const Mac& mac) {
    std::copy(mac.bytes.begin(), mac.bytes.end(), frame.begin() + static_cast<std::ptrdiff_t>(at));
}

Mac mac_at(Bytes data, std::size_t at) {
    Mac mac;
    std::copy_n(data.begin() + static_cast<std::ptrdiff_t>(at), 6, mac.bytes.begin());
    return mac;
}

std::uint32_t pseudo_header(const Ends& ends, std::uint8_t protocol, std::size_t length) {
    std::uint32_t sum = protocol + static_cast<std::uint32_t>(length);
    for (const auto address : {ends.source.number, ends.destination.number}) {
        sum += (address >> 16U) + (address & 0xffffU);
    }
    return sum;
}

// The ends of an answer to a frame: back to where it came from.
Ends reversed(Bytes frame, const Ipv4Packet& packet, const Mac& own_mac, Ipv4 own_address) {
    return Ends{own_mac, own_address, source_of(frame), packet.source};
}

}  // namespace

std::uint16_t read16(Bytes data, std::size_t at) {
    return static_cast<std::uint16_t>(data[at] << 8U | data[at + 1]);
}

std::uint32_t read32(Bytes data, std::size_t at) {
    return static_cast<std::uint32_t>(read16(data, at)) << 16U | read16(data, at + 2);
}

void write16(std::span<std::uint8_t> data, std::size_t at, std::uint16_t value) {
    data[at] = static_cast<std::uint8_t>(value >> 8U);
    data[at + 1] = static_cast<std::uint8_t>(value & 0xffU);
}

void write32(std::span<std::uint8_t> data, std::size_t at, std::uint32_t value) {
    write16(data, at, static_cast<std::uint16_t>(value >> 16U));
    write16(data, at + 2, static_cast<std::uint16_t>(value & 0xffffU));
}

Mac destination_of(Bytes frame) {
    return mac_at(frame, 0);
}
Mac source_of(Bytes frame) {
    return mac_at(frame, 6);
}
std::uint16_t ether_type_of(Bytes frame) {
    return read16(frame, 12);
}

std::optional<ArpPacket> parse_arp(Bytes frame) {
    if (frame.size() < ethernet_header + arp_length || ether_type_of(frame) != ether_arp) return std::nullopt;
    const auto arp = frame.subspan(ethernet_header);
    if (read16(arp, 0) != 1 || read16(arp, 2) != ether_ipv4 || arp[4] != 6 || arp[5] != 4) return std::nullopt;
    return ArpPacket{read16(arp, 6) == 1, mac_at(arp, 8), Ipv4{read32(arp, 14)}, Ipv4{read32(arp, 24)}};
}

std::optional<Ipv4Packet> parse_ipv4(Bytes frame) {
    if (frame.size() < ethernet_header + ipv4_header || ether_type_of(frame) != ether_ipv4) return std::nullopt;
    const auto ip = frame.subspan(ethernet_header);
    const std::size_t header = (ip[0] & 15U) * std::size_t{4};
    const std::size_t total = read16(ip, 2);
    if (ip[0] >> 4U != 4 || header < ipv4_header || total < header || total > ip.size()) return std::nullopt;
    const bool fragment = (read16(ip, 6) & 0x3fffU) != 0;
    return Ipv4Packet{Ipv4{read32(ip, 12)},
                      Ipv4{read32(ip, 16)},
                      ip[9],
                      fragment,
                      ip.first(header),
                      ip.subspan(header, total - header)};
}

std::optional<UdpDatagram> parse_udp(const Ipv4Packet& packet) {
    const auto udp = packet.payload;
    if (packet.protocol != protocol_udp || packet.fragment || udp.size() < udp_header) return std::nullopt;
    const std::size_t length = read16(udp, 4);
    if (length < udp_header || length > udp.size()) return std::nullopt;
    return UdpDatagram{read16(udp, 0), read16(udp, 2), udp.subspan(udp_header, length - udp_header)};
}

std::optional<TcpSegment> parse_tcp(const Ipv4Packet& packet) {
    const auto tcp = packet.payload;
    if (packet.protocol != protocol_tcp || packet.fragment || tcp.size() < tcp_header) return std::nullopt;
    const std::size_t header = (tcp[12] >> 4U) * std::size_t{4};
    if (header < tcp_header || header > tcp.size()) return std::nullopt;
    TcpSegment segment{read16(tcp, 0), read16(tcp, 2), read32(tcp, 4), read32(tcp, 8)};
    segment.fin = (tcp[13] & 1U) != 0;
    segment.syn = (tcp[13] & 2U) != 0;
    segment.rst = (tcp[13] & 4U) != 0;
    segment.ack = (tcp[13] & 16U) != 0;
    segment.data = tcp.subspan(header);
    return segment;
}

std::uint32_t checksum_add(std::uint32_t sum, Bytes data) {
    std::size_t at = 0;
    for (; at + 1 < data.size(); at += 2) sum += read16(data, at);
    if (at < data.size()) sum += static_cast<std::uint32_t>(data[at]) << 8U;
    return sum;
}

std::uint16_t checksum_finish(std::uint32_t sum) {
    while (sum >> 16U != 0) sum = (sum & 0xffffU) + (sum >> 16U);
    return static_cast<std::uint16_t>(~sum & 0xffffU);
}

Frame make_arp(bool request, const Ends& ends) {
    Frame frame(ethernet_header + arp_length);
    put_mac(frame, 0, ends.destination_mac);
    put_mac(frame, 6, ends.source_mac);
    write16(frame, 12, ether_arp);
    write16(frame, 14, 1);
    write16(frame, 16, ether_ipv4);
    frame[18] = 6;
    frame[19] = 4;
    write16(frame, 20, request ? 1 : 2);
    put_mac(frame, 22, ends.source_mac);
    write32(frame, 28, ends.source.number);
    if (!request) put_mac(frame, 32, ends.destination_mac);
    write32(frame, 38, ends.destination.number);
    return frame;
}

Frame make_ipv4(const Ends& ends, std::uint8_t protocol, Bytes payload) {
    Frame frame(ethernet_header + ipv4_header + payload.size());
    put_mac(frame, 0, ends.destination_mac);
    put_mac(frame, 6, ends.source_mac);
    write16(frame, 12, ether_ipv4);
    const auto ip = std::span(frame).subspan(ethernet_header);
    ip[0] = 0x45;
    write16(ip, 2, static_cast<std::uint16_t>(ipv4_header + payload.size()));
    write16(ip, 6, 0x4000);  // don't fragment
    ip[8] = 64;
    ip[9] = protocol;
    write32(ip, 12, ends.source.number);
    write32(ip, 16, ends.destination.number);
    write16(ip, 10, checksum_finish(checksum_add(0, ip.first(ipv4_header))));
    std::copy(payload.begin(), payload.end(), ip.begin() + ipv4_header);
    return frame;
}

Frame make_udp(const Ends& ends, std::uint16_t source_port, std::uint16_t destination_port, Bytes data) {
    Frame udp(udp_header + data.size());
    write16(udp, 0, source_port);
    write16(udp, 2, destination_port);
    write16(udp, 4, static_cast<std::uint16_t>(udp.size()));
    std::copy(data.begin(), data.end(), udp.begin() + udp_header);
    const auto sum = checksum_finish(checksum_add(pseudo_header(ends, protocol_udp, udp.size()), udp));
    write16(udp, 6, sum == 0 ? 0xffff : sum);
    return make_ipv4(ends, protocol_udp, udp);
}

Frame make_tcp(const Ends& ends, const TcpSegment& segment) {
    Frame tcp(tcp_header + segment.data.size());
    write16(tcp, 0, segment.source_port);
    write16(tcp, 2, segment.destination_port);
    write32(tcp, 4, segment.sequence);
    write32(tcp, 8, segment.acknowledged);
    tcp[12] = 5U << 4U;
    tcp[13] = static_cast<std::uint8_t>((segment.fin ? 1U : 0U) | (segment.syn ? 2U : 0U) | (segment.rst ? 4U : 0U) |
                                        (segment.ack ? 16U : 0U));
    write16(tcp, 14, 0xffff);
    std::copy(segment.data.begin(), segment.data.end(), tcp.begin() + tcp_header);
    write16(tcp, 16, checksum_finish(checksum_add(pseudo_header(ends, protocol_tcp, tcp.size()), tcp)));
    return make_ipv4(ends, protocol_tcp, tcp);
}

Frame answer_echo(Bytes frame, const Ipv4Packet& request, const Mac& own_mac) {
    Frame icmp(request.payload.begin(), request.payload.end());
    icmp[0] = 0;
    write16(icmp, 2, 0);
    write16(icmp, 2, checksum_finish(checksum_add(0, icmp)));
    return make_ipv4(reversed(frame, request, own_mac, request.destination), protocol_icmp, icmp);
}

Frame answer_prohibited(Bytes frame, const Ipv4Packet& packet, const Mac& own_mac, Ipv4 own_address) {
    const auto quoted = std::min<std::size_t>(packet.payload.size(), 8);
    Frame icmp(icmp_header);
    icmp[0] = 3;
    icmp[1] = 13;
    icmp.insert(icmp.end(), packet.header.begin(), packet.header.end());
    icmp.insert(icmp.end(), packet.payload.begin(), packet.payload.begin() + static_cast<std::ptrdiff_t>(quoted));
    write16(icmp, 2, checksum_finish(checksum_add(0, icmp)));
    return make_ipv4(reversed(frame, packet, own_mac, own_address), protocol_icmp, icmp);
}

Frame answer_reset(Bytes frame, const Ipv4Packet& packet, const TcpSegment& segment) {
    TcpSegment reset{segment.destination_port, segment.source_port};
    reset.rst = true;
    reset.ack = true;
    reset.acknowledged = segment.sequence + static_cast<std::uint32_t>(segment.data.size()) + (segment.syn ? 1U : 0U);
    return make_tcp(Ends{destination_of(frame), packet.destination, source_of(frame), packet.source}, reset);
}

}  // namespace crib::network
