#include "tests/integration/network/cluster_network.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <memory>

namespace crib::network {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

std::vector<Ipv4> host_addresses() {
    std::vector<Ipv4> addresses;
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0) return addresses;
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, ::freeifaddrs);
    for (const auto* entry = list; entry != nullptr; entry = entry->ifa_next) {
        if (entry->ifa_addr == nullptr || entry->ifa_addr->sa_family != AF_INET) continue;
        addresses.push_back({ntohl(reinterpret_cast<const sockaddr_in*>(entry->ifa_addr)->sin_addr.s_addr)});
    }
    return addresses;
}

Frame opening(const TestNode& node, const Mac& mac, Ipv4 address, std::uint16_t port) {
    TcpSegment syn{40000, port, 1000};
    syn.syn = true;
    return make_tcp(node.to(mac, address), syn);
}

bool is_tcp(Bytes frame) {
    const auto packet = parse_ipv4(frame);
    return packet && packet->protocol == protocol_tcp;
}

TEST(HermeticRun, LetsNoPacketForAnotherAddressLeaveTheSwitch) {
    ClusterNetwork cluster;
    cluster.start();
    const auto master = cluster.plug_in(0);
    // A service of the host on every one of its addresses: nobody may come.
    const UniqueFd service(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_in bound{};
    bound.sin_family = AF_INET;
    socklen_t size = sizeof bound;
    ASSERT_EQ(::bind(service.get(), reinterpret_cast<sockaddr*>(&bound), size), 0);
    ASSERT_EQ(::listen(service.get(), 8), 0);
    ASSERT_EQ(::getsockname(service.get(), reinterpret_cast<sockaddr*>(&bound), &size), 0);
    const auto service_port = ntohs(bound.sin_port);

    auto targets = host_addresses();
    for (const auto* address : {"10.96.0.1", "8.8.8.8", "192.168.76.3", "192.168.77.1"}) {
        targets.push_back(*Ipv4::parse(address));
    }
    for (const auto target : targets) {
        master->send(opening(*master, cluster.config.gateway_mac, target, service_port));
        master->send(make_udp(master->to(cluster.config.gateway_mac, target), 40000, 53, Frame(20)));
    }
    EXPECT_TRUE(master->hears_nothing_of(is_tcp, cluster.config.gateway_mac, cluster.config.gateway));
    const auto stats = cluster.stats();
    EXPECT_EQ(stats.refused, 2 * targets.size());
    EXPECT_THAT(stats.refused_destinations, Contains(HasSubstr("127.0.0.1")));
    EXPECT_EQ(::accept(service.get(), nullptr, nullptr), -1) << "a node reached a service of the host";
}

TEST(HermeticRun, RefusesTheHostsServicesAtTheGatewaysOwnAddresses) {
    ClusterNetwork cluster;
    cluster.start();
    const auto master = cluster.plug_in(0);
    for (std::uint32_t host = 1; host <= 2; ++host) {
        const Ipv4 address{cluster.config.gateway.number - 1 + host};
        EXPECT_FALSE(TestConnection::open(*master, cluster.config.gateway_mac, address, 22,
                                          static_cast<std::uint16_t>(41000 + host)));
    }
}

TEST(HermeticRun, LetsTheGatewayAnswerArpForNoNode) {
    ClusterNetwork cluster;
    cluster.start();
    const auto master = cluster.plug_in(0);
    for (std::uint32_t host = 3; host < 255; ++host) {
        master->send(make_arp(true, master->to(*Mac::parse("ff:ff:ff:ff:ff:ff"), Ipv4{0xc0a84c00U + host})));
    }
    const auto is_arp = [](Bytes frame) { return parse_arp(frame).has_value(); };
    EXPECT_TRUE(master->hears_nothing_of(is_arp, cluster.config.gateway_mac, cluster.config.gateway));
    master->send(make_arp(true, master->to(*Mac::parse("ff:ff:ff:ff:ff:ff"), cluster.config.gateway)));
    const auto answer = master->receive(is_arp);
    ASSERT_TRUE(answer);
    EXPECT_EQ(parse_arp(*answer)->sender_mac, cluster.config.gateway_mac);
}

TEST(OpenRun, StillReachesNoServiceOfTheHost) {
    ClusterNetwork cluster;
    cluster.config.internet = true;
    cluster.start();
    const auto master = cluster.plug_in(0);
    const auto targets = host_addresses();
    for (const auto target : targets) master->send(opening(*master, cluster.config.gateway_mac, target, 22));
    EXPECT_TRUE(master->hears_nothing_of(is_tcp, cluster.config.gateway_mac, cluster.config.gateway));
    EXPECT_EQ(cluster.stats().refused, targets.size());
}

}  // namespace
}  // namespace crib::network
