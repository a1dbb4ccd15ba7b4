#include "harness/network/gateway.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace crib::network {
namespace {

constexpr std::uint16_t http_port = 80;
constexpr std::uint16_t dns_port = 53;

bool is_host_address(Ipv4 address) {
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0) return true;  // not known: better to refuse
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, ::freeifaddrs);
    for (const auto* entry = list; entry != nullptr; entry = entry->ifa_next) {
        if (entry->ifa_addr == nullptr || entry->ifa_addr->sa_family != AF_INET) continue;
        const auto* ip = reinterpret_cast<const sockaddr_in*>(entry->ifa_addr);
        if (ntohl(ip->sin_addr.s_addr) == address.number) return true;
    }
    return false;
}

std::map<Ipv4, Mac> addresses_of(const SwitchConfig& config) {
    std::map<Ipv4, Mac> nodes;
    for (const auto& node : config.nodes) nodes.emplace(node.ip, node.mac);
    return nodes;
}

}  // namespace

Gateway::Gateway(const SwitchConfig& config, const std::string& http_socket, Hooks hooks)
    : hooks_(std::move(hooks)),
      own_(GatewayAddresses::from(config.gateway_mac, config.gateway)),
      nodes_(addresses_of(config)),
      policy_(own_, config.internet, is_host_address),
      zone_(all_names(config), config.domain, config.internet),
      slirp_(own_, config.internet, [this](Bytes frame) { from_slirp(frame); }) {
    slirp_.serve_unix(http_port, http_socket);
    for (const auto& forward : config.forwards) {
        forwards_[forward.label] = slirp_.add_forward(forward.node, forward.port);
    }
}

void Gateway::input(Bytes frame) {
    const auto judgement = policy_.judge(frame);
    switch (judgement.kind) {
        case Judgement::Kind::discard:
            return;
        case Judgement::Kind::refuse:
            refused_.add(judgement.destination);
            [[fallthrough]];
        case Judgement::Kind::answer:
            if (!judgement.reply.empty()) hooks_.deliver(judgement.reply);
            return;
        case Judgement::Kind::dns:
            answer_dns(frame);
            return;
        case Judgement::Kind::to_slirp:
            slirp_.input(frame);
            give_slirp_its_answers();
            return;
    }
}

void Gateway::before_poll(PollSet& set, std::uint32_t& timeout_ms) {
    slirp_.before_poll(set, timeout_ms);
    // What slirp held back until it knew an address goes out in its next turn, which must not wait for an event.
    if (std::exchange(slirp_has_news_, false)) timeout_ms = 0;
}

void Gateway::after_poll(const PollSet& set, bool failed) {
    slirp_.after_poll(set, failed);
    give_slirp_its_answers();
}

void Gateway::answer_dns(Bytes frame) {
    const auto packet = parse_ipv4(frame);
    const auto query = packet ? parse_udp(*packet) : std::nullopt;
    if (!query) return;
    ++dns_queries_;
    const auto answer = zone_.answer(query->data);
    if (answer.verdict == DnsZone::Verdict::answered) {
        const Ends ends{own_.mac, own_.services, source_of(frame), packet->source};
        hooks_.deliver(make_udp(ends, dns_port, query->source_port, answer.message));
    } else if (answer.verdict == DnsZone::Verdict::pass_on) {
        // slirp knows the host's resolver by an address of its own.
        const Ends ends{source_of(frame), packet->source, own_.mac, own_.resolver};
        slirp_.input(make_udp(ends, query->source_port, dns_port, query->data));
        give_slirp_its_answers();
    }
}

// slirp speaks with a hardware address of its own and asks by ARP for nodes; neither is any node's business.
void Gateway::from_slirp(Bytes frame) {
    if (const auto arp = parse_arp(frame)) {
        const auto node = nodes_.find(arp->target);
        if (!arp->request || node == nodes_.end()) return;
        for_slirp_.push_back(make_arp(false, {node->second, node->first, arp->sender_mac, arp->sender}));
        return;
    }
    const auto packet = parse_ipv4(frame);
    if (!packet) return;
    const auto tcp = parse_tcp(*packet);
    if (tcp && tcp->syn && !tcp->ack && !hooks_.node_is_up(packet->destination)) {
        // Nobody is there yet: say so at once, instead of having the host's client wait for slirp's retries.
        for_slirp_.push_back(answer_reset(frame, *packet, *tcp));
        // A node with a fixed address may never speak first: ask it, so that the next attempt finds it up.
        hooks_.deliver(make_arp(true, {own_.mac, own_.services, destination_of(frame), packet->destination}));
        return;
    }
    if (packet->source == own_.resolver) {
        const auto udp = parse_udp(*packet);
        if (!udp) return;
        const Ends ends{own_.mac, own_.services, destination_of(frame), packet->destination};
        hooks_.deliver(make_udp(ends, udp->source_port, udp->destination_port, udp->data));
        return;
    }
    Frame copy(frame.begin(), frame.end());
    std::copy(own_.mac.bytes.begin(), own_.mac.bytes.end(), copy.begin() + 6);
    hooks_.deliver(copy);
}

void Gateway::give_slirp_its_answers() {
    while (!for_slirp_.empty()) {
        const auto frames = std::exchange(for_slirp_, {});
        for (const auto& frame : frames) slirp_.input(frame);
        slirp_has_news_ = true;
    }
}

}  // namespace crib::network
