#pragma once
// Gateway: the switch's own port. It judges what nodes send it, answers ARP, ping and DNS itself, and gives slirp
// only what the policy allows.

#include "harness/network/config.h"
#include "harness/network/dns.h"
#include "harness/network/gateway_policy.h"
#include "harness/network/slirp_stack.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace crib::network {

class Gateway {
public:
    struct Hooks {
        std::function<void(Bytes frame)> deliver;   // a frame from the gateway to the nodes
        std::function<bool(Ipv4 node)> node_is_up;  // its port is connected and has sent something
    };

    // `http_socket`: where HTTP is served, a unix socket.
    Gateway(const SwitchConfig& config, const std::string& http_socket, Hooks hooks);

    void input(Bytes frame);  // a frame from a node
    void before_poll(PollSet& set, std::uint32_t& timeout_ms);
    void after_poll(const PollSet& set, bool failed);

    [[nodiscard]] const std::map<std::string, std::uint16_t>& forwards() const { return forwards_; }
    [[nodiscard]] const RefusedList& refused() const { return refused_; }
    [[nodiscard]] std::uint64_t dns_queries() const { return dns_queries_; }

private:
    void answer_dns(Bytes frame);
    void from_slirp(Bytes frame);
    void give_slirp_its_answers();

    Hooks hooks_;
    GatewayAddresses own_;
    std::map<Ipv4, Mac> nodes_;
    GatewayPolicy policy_;
    DnsZone zone_;
    RefusedList refused_;
    std::uint64_t dns_queries_ = 0;
    std::vector<Frame> for_slirp_;  // answers to frames of slirp's, which cannot be given to it while it sends
    bool slirp_has_news_ = false;
    SlirpStack slirp_;
    std::map<std::string, std::uint16_t> forwards_;
};

}  // namespace crib::network
