#pragma once
// What the gateway does with a frame from a node. This is where a run is hermetic: whatever is not to_slirp here
// never reaches the code that could open a connection of the host's.

#include "harness/network/packet.h"

#include <functional>
#include <string>
#include <vector>

namespace crib::network {

struct GatewayAddresses {
    Mac mac;
    Ipv4 services;  // .1: HTTP, DNS, ping
    Ipv4 forwards;  // .2: where forwarded connections seem to come from
    Ipv4 resolver;  // .3: slirp's name for the host's own resolver; nodes never see it

    static GatewayAddresses from(const Mac& mac, Ipv4 gateway) {
        return {mac, gateway, Ipv4{gateway.number + 1}, Ipv4{gateway.number + 2}};
    }
};

struct Judgement {
    enum class Kind {
        discard,   // not for the gateway, or not readable
        answer,    // `reply` goes back to the node
        dns,       // a DNS query
        to_slirp,  // a connection the node may have
        refuse,    // for outside the cluster: counted; `reply`, if any, goes back
    };
    Kind kind = Kind::discard;
    Frame reply;
    std::string destination;  // refuse: where the packet wanted to go
};

class GatewayPolicy {
public:
    // `is_host_address` says which addresses belong to the machine itself: with internet, too, nodes do not
    // reach its services.
    GatewayPolicy(GatewayAddresses own, bool internet, std::function<bool(Ipv4)> is_host_address)
        : own_(own), internet_(internet), is_host_address_(std::move(is_host_address)) {}

    [[nodiscard]] Judgement judge(Bytes frame) const;

private:
    [[nodiscard]] Judgement judge_own(Bytes frame, const Ipv4Packet& packet) const;
    [[nodiscard]] bool may_leave(Ipv4 destination) const;

    GatewayAddresses own_;
    bool internet_;
    std::function<bool(Ipv4)> is_host_address_;
};

// The first few different destinations of refused packets, for the report.
class RefusedList {
public:
    void add(const std::string& destination);
    [[nodiscard]] std::uint64_t count() const { return count_; }
    [[nodiscard]] const std::vector<std::string>& first() const { return first_; }

private:
    static constexpr std::size_t kept = 8;
    std::uint64_t count_ = 0;
    std::vector<std::string> first_;
};

}  // namespace crib::network
