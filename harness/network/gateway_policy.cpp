#include "harness/network/gateway_policy.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::network {
namespace {

constexpr std::uint16_t dns_port = 53;
constexpr std::uint16_t http_port = 80;
constexpr std::uint8_t echo_request = 8;

bool is_echo_request(const Ipv4Packet& packet) {
    return packet.protocol == protocol_icmp && !packet.fragment && packet.payload.size() >= 8 &&
           packet.payload[0] == echo_request;
}

std::string describe(const Ipv4Packet& packet) {
    const auto address = to_string(packet.destination);
    if (const auto tcp = parse_tcp(packet)) return fmt::format("tcp {}:{}", address, tcp->destination_port);
    if (const auto udp = parse_udp(packet)) return fmt::format("udp {}:{}", address, udp->destination_port);
    if (packet.protocol == protocol_icmp) return "icmp " + address;
    return fmt::format("protocol {} {}", packet.protocol, address);
}

// An ICMP error about an ICMP error could go round for ever; RFC 1122 forbids it.
bool may_be_told(const Ipv4Packet& packet) {
    return !packet.fragment && (packet.protocol != protocol_icmp || is_echo_request(packet));
}

bool is_public(Ipv4 address) {
    const auto first = address.number >> 24U;
    return first != 0 && first != 127 && first < 224 && address.number >> 16U != 0xa9fe;  // 169.254: link-local
}

}  // namespace

Judgement GatewayPolicy::judge(Bytes frame) const {
    if (frame.size() < ethernet_header) return {};
    if (const auto arp = parse_arp(frame)) {
        if (!arp->request || (arp->target != own_.services && arp->target != own_.forwards)) return {};
        return {Judgement::Kind::answer, make_arp(false, {own_.mac, arp->target, arp->sender_mac, arp->sender}), {}};
    }
    if (destination_of(frame) != own_.mac) return {};
    if (ether_type_of(frame) == ether_ipv6) return {Judgement::Kind::refuse, {}, "IPv6"};
    const auto packet = parse_ipv4(frame);
    if (!packet) return {};
    if (packet->destination == own_.services || packet->destination == own_.forwards) return judge_own(frame, *packet);
    if (may_leave(packet->destination)) return {Judgement::Kind::to_slirp, {}, {}};
    auto reply = may_be_told(*packet) ? answer_prohibited(frame, *packet, own_.mac, own_.services) : Frame{};
    return {Judgement::Kind::refuse, std::move(reply), describe(*packet)};
}

Judgement GatewayPolicy::judge_own(Bytes frame, const Ipv4Packet& packet) const {
    if (is_echo_request(packet)) return {Judgement::Kind::answer, answer_echo(frame, packet, own_.mac), {}};
    const bool services = packet.destination == own_.services;
    if (const auto udp = parse_udp(packet)) {
        if (services && udp->destination_port == dns_port) return {Judgement::Kind::dns, {}, {}};
        return {Judgement::Kind::answer, answer_prohibited(frame, packet, own_.mac, packet.destination), {}};
    }
    const auto tcp = parse_tcp(packet);
    if (!tcp) return {};
    // Towards .2 go only answers of connections that were opened from the host's side.
    const bool wanted = services ? tcp->destination_port == http_port : !tcp->syn || tcp->ack;
    if (wanted) return {Judgement::Kind::to_slirp, {}, {}};
    if (tcp->rst) return {};
    return {Judgement::Kind::answer, answer_reset(frame, packet, *tcp), {}};
}

bool GatewayPolicy::may_leave(Ipv4 destination) const {
    const bool in_cluster = destination.number >> 8U == own_.services.number >> 8U;
    return internet_ && !in_cluster && is_public(destination) && !is_host_address_(destination);
}

void RefusedList::add(const std::string& destination) {
    ++count_;
    if (first_.size() >= kept || std::find(first_.begin(), first_.end(), destination) != first_.end()) return;
    first_.push_back(destination);
}

}  // namespace crib::network
