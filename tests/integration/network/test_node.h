#pragma once
// TestNode: a guest without a guest. It plugs into a switch's port as QEMU does and speaks just enough Ethernet.

#include "harness/base/file.h"
#include "harness/network/config.h"
#include "harness/network/frame_stream.h"

#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <string>

namespace crib::network {

class TestNode {
public:
    TestNode(const SwitchNode& node, std::uint16_t tcp_port);

    [[nodiscard]] const SwitchNode& self() const { return node_; }
    [[nodiscard]] bool plugged() const { return plugged_; }  // false once the switch has ended the link
    [[nodiscard]] int fd() const { return link_.get(); }
    [[nodiscard]] Ends to(const Mac& mac, Ipv4 address) const { return {node_.mac, node_.ip, mac, address}; }

    void send(Bytes frame);

    // The next frame that `wanted` likes; frames before it are lost. Answers ARP requests for its own address on the
    // way, as any guest does.
    std::optional<Frame> receive(const std::function<bool(Bytes)>& wanted,
                                 std::chrono::milliseconds limit = std::chrono::seconds{5});

    // Nothing that `unwanted` likes comes until the node's own ping of the gateway is answered: what was sent
    // before it has been dealt with.
    bool hears_nothing_of(const std::function<bool(Bytes)>& unwanted, const Mac& gateway_mac, Ipv4 gateway);

    std::optional<Frame> ping(const Mac& mac, Ipv4 address, std::uint16_t number);

private:
    bool read_more(std::chrono::milliseconds limit);

    SwitchNode node_;
    UniqueFd link_;
    bool plugged_ = true;
    std::uint16_t pings_ = 100;
    FrameReader reader_;
    std::deque<Frame> received_;
};

// The smallest TCP that can talk to slirp: everything in order, nothing lost, one acknowledgement a segment.
class TestConnection {
public:
    // Opens a connection from the node; nothing when it is refused.
    static std::optional<TestConnection> open(TestNode& node, const Mac& mac, Ipv4 address, std::uint16_t port,
                                              std::uint16_t own_port);

    // Takes one that slirp opens towards the node.
    static std::optional<TestConnection> accept(TestNode& node, std::uint16_t own_port);

    void send(const std::string& text);
    std::string receive_some();  // empty: the other side closed, or five seconds passed
    std::string receive_until_closed();

private:
    TestConnection(TestNode& node, const Ends& ends, std::uint16_t own_port, std::uint16_t port)
        : node_(&node), ends_(ends), own_port_(own_port), port_(port) {}
    void transmit(bool syn, bool fin, Bytes data);

    TestNode* node_;
    Ends ends_;
    std::uint16_t own_port_;
    std::uint16_t port_;
    std::uint32_t sequence_ = 1000;
    std::uint32_t acknowledged_ = 0;
    bool closed_ = false;
};

}  // namespace crib::network
