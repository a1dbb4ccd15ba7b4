#include "tests/integration/network/test_node.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <stdexcept>

namespace crib::network {
namespace {

constexpr std::chrono::milliseconds patience = std::chrono::seconds{5};

std::optional<TcpSegment> segment_for(Bytes frame, std::uint16_t own_port) {
    const auto packet = parse_ipv4(frame);
    const auto tcp = packet ? parse_tcp(*packet) : std::nullopt;
    return tcp && tcp->destination_port == own_port ? tcp : std::nullopt;
}

}  // namespace

TestNode::TestNode(const SwitchNode& node, std::uint16_t tcp_port)
    : node_(node), link_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(tcp_port);
    if (::connect(link_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        throw std::runtime_error("the switch's port does not take a connection");
    }
    const int on = 1;
    ::setsockopt(link_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void TestNode::send(Bytes frame) {
    FrameQueue queue(1U << 20U);
    if (!queue.push(frame)) throw std::runtime_error("the frame is too long");
    while (!queue.empty()) {
        const auto sent = ::send(link_.get(), queue.waiting().data(), queue.waiting().size(), MSG_NOSIGNAL);
        if (sent <= 0) throw std::runtime_error("the switch ended the link");
        queue.written(static_cast<std::size_t>(sent));
    }
}

bool TestNode::read_more(std::chrono::milliseconds limit) {
    pollfd waiting{link_.get(), POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(limit.count())) <= 0) return false;
    const auto room = reader_.room();
    const auto got = ::recv(link_.get(), room.data(), room.size(), 0);
    plugged_ = got > 0;
    return plugged_ && reader_.take(static_cast<std::size_t>(got), [this](Bytes frame) {
        const auto arp = parse_arp(frame);
        if (arp && arp->request && arp->target == node_.ip) send(make_arp(false, to(arp->sender_mac, arp->sender)));
        received_.emplace_back(frame.begin(), frame.end());
    });
}

std::optional<Frame> TestNode::receive(const std::function<bool(Bytes)>& wanted, std::chrono::milliseconds limit) {
    const auto end = std::chrono::steady_clock::now() + limit;
    for (;;) {
        while (!received_.empty()) {
            auto frame = std::move(received_.front());
            received_.pop_front();
            if (wanted(frame)) return frame;
        }
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        if (left.count() <= 0 || !read_more(left)) return std::nullopt;
    }
}

std::optional<Frame> TestNode::ping(const Mac& mac, Ipv4 address, std::uint16_t number) {
    Frame icmp(8);
    icmp[0] = 8;
    write16(icmp, 6, number);
    write16(icmp, 2, checksum_finish(checksum_add(0, icmp)));
    send(make_ipv4(to(mac, address), protocol_icmp, icmp));
    return receive([number](Bytes frame) {
        const auto packet = parse_ipv4(frame);
        return packet && packet->protocol == protocol_icmp && packet->payload.size() >= 8 && packet->payload[0] == 0 &&
               read16(packet->payload, 6) == number;
    });
}

bool TestNode::hears_nothing_of(const std::function<bool(Bytes)>& unwanted, const Mac& gateway_mac, Ipv4 gateway) {
    bool heard = false;
    const auto number = ++pings_;
    Frame icmp(8);
    icmp[0] = 8;
    write16(icmp, 6, number);
    write16(icmp, 2, checksum_finish(checksum_add(0, icmp)));
    send(make_ipv4(to(gateway_mac, gateway), protocol_icmp, icmp));
    const auto answer = receive([&](Bytes frame) {
        heard = heard || unwanted(frame);
        const auto packet = parse_ipv4(frame);
        return packet && packet->protocol == protocol_icmp && packet->payload[0] == 0 &&
               read16(packet->payload, 6) == number;
    });
    return answer && !heard;
}

std::optional<TestConnection> TestConnection::open(TestNode& node, const Mac& mac, Ipv4 address, std::uint16_t port,
                                                   std::uint16_t own_port) {
    TestConnection connection(node, node.to(mac, address), own_port, port);
    connection.transmit(true, false, {});
    const auto frame = node.receive([own_port](Bytes f) { return segment_for(f, own_port).has_value(); }, patience);
    if (!frame) return std::nullopt;
    const auto answer = segment_for(*frame, own_port);
    if (answer->rst || !answer->syn) return std::nullopt;
    connection.acknowledged_ = answer->sequence + 1;
    connection.transmit(false, false, {});
    return connection;
}

std::optional<TestConnection> TestConnection::accept(TestNode& node, std::uint16_t own_port) {
    const auto frame = node.receive(
        [own_port](Bytes f) {
            const auto segment = segment_for(f, own_port);
            return segment && segment->syn;
        },
        patience);
    if (!frame) return std::nullopt;
    const auto packet = parse_ipv4(*frame);
    const auto syn = parse_tcp(*packet);
    TestConnection connection(node, node.to(source_of(*frame), packet->source), own_port, syn->source_port);
    connection.acknowledged_ = syn->sequence + 1;
    connection.transmit(true, false, {});
    return connection;
}

void TestConnection::transmit(bool syn, bool fin, Bytes data) {
    TcpSegment segment{own_port_, port_, sequence_, acknowledged_};
    segment.syn = syn;
    segment.fin = fin;
    segment.ack = acknowledged_ != 0;
    segment.data = data;
    node_->send(make_tcp(ends_, segment));
    sequence_ += static_cast<std::uint32_t>(data.size()) + (syn || fin ? 1U : 0U);
}

void TestConnection::send(const std::string& text) {
    const Frame data(text.begin(), text.end());
    transmit(false, false, data);
}

std::string TestConnection::receive_some() {
    while (!closed_) {
        const auto frame = node_->receive([this](Bytes f) { return segment_for(f, own_port_).has_value(); }, patience);
        if (!frame) return {};
        const auto segment = segment_for(*frame, own_port_);
        if (segment->rst) closed_ = true;
        const bool fresh = segment->sequence == acknowledged_ && (!segment->data.empty() || segment->fin);
        if (!fresh) {
            if (!segment->data.empty()) transmit(false, false, {});  // one that came twice
            continue;
        }
        closed_ = closed_ || segment->fin;
        acknowledged_ += static_cast<std::uint32_t>(segment->data.size()) + (segment->fin ? 1U : 0U);
        transmit(false, segment->fin, {});
        if (!segment->data.empty()) return {segment->data.begin(), segment->data.end()};
    }
    return {};
}

std::string TestConnection::receive_until_closed() {
    std::string all;
    for (auto part = receive_some(); !part.empty(); part = receive_some()) all += part;
    return all;
}

}  // namespace crib::network
