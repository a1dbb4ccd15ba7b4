#pragma once
// SlirpStack: libslirp, the user-space TCP/IP that opens the host's sockets on behalf of nodes.

#include "harness/network/gateway_policy.h"
#include "harness/network/poll_set.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace crib::network {

class SlirpStack {
public:
    // `on_frame` gets each frame that slirp sends. It is called from within input() and after_poll() and must not
    // call input() itself.
    SlirpStack(const GatewayAddresses& own, bool internet, std::function<void(Bytes)> on_frame);
    ~SlirpStack();
    SlirpStack(const SlirpStack&) = delete;
    SlirpStack& operator=(const SlirpStack&) = delete;

    // Connections of nodes to services:port go to the unix socket `path` (under 108 bytes), one connection each.
    void serve_unix(std::uint16_t port, const std::string& path);

    // A fresh port of 127.0.0.1 that leads to node:port. Error(network) when there is none.
    std::uint16_t add_forward(Ipv4 node, std::uint16_t port);

    void input(Bytes frame);
    void before_poll(PollSet& set, std::uint32_t& timeout_ms);
    void after_poll(const PollSet& set, bool failed);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace crib::network
