#include "harness/network/gateway_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace crib::network {
namespace {

using Kind = Judgement::Kind;
using ::testing::ElementsAre;

const Mac gateway_mac = *Mac::parse("52:54:00:76:00:01");
const Mac node_mac = *Mac::parse("52:54:00:76:00:0b");
const GatewayAddresses own = GatewayAddresses::from(gateway_mac, *Ipv4::parse("192.168.76.1"));

GatewayPolicy hermetic() {
    return GatewayPolicy(own, false, [](Ipv4) { return false; });
}

GatewayPolicy open() {
    return GatewayPolicy(own, true, [](Ipv4 address) { return address == *Ipv4::parse("203.0.113.5"); });
}

Ends to(const std::string& address) {
    return {node_mac, *Ipv4::parse("192.168.76.11"), gateway_mac, *Ipv4::parse(address)};
}

Frame tcp(const std::string& address, std::uint16_t port, bool syn = true) {
    TcpSegment segment{40000, port, 5};
    segment.syn = syn;
    segment.ack = !syn;
    return make_tcp(to(address), segment);
}

Frame udp(const std::string& address, std::uint16_t port) {
    return make_udp(to(address), 40000, port, Frame(16));
}

Frame ping(const std::string& address) {
    return make_ipv4(to(address), protocol_icmp, Frame{8, 0, 0xf7, 0xff, 0, 0, 0, 0});
}

TEST(HermeticGateway, RefusesWhateverIsForAnotherAddress) {
    for (const auto* address : {"10.96.0.1", "8.8.8.8", "127.0.0.1", "192.168.76.3", "192.168.76.12", "172.17.0.2",
                                "255.255.255.255", "224.0.0.1", "0.0.0.0", "169.254.169.254"}) {
        for (const auto& frame : {tcp(address, 443), udp(address, 53), ping(address)}) {
            const auto judgement = hermetic().judge(frame);
            EXPECT_EQ(judgement.kind, Kind::refuse) << address;
        }
    }
}

TEST(HermeticGateway, SaysWhereARefusedPacketWantedToGo) {
    EXPECT_EQ(hermetic().judge(tcp("10.96.0.1", 443)).destination, "tcp 10.96.0.1:443");
    EXPECT_EQ(hermetic().judge(udp("8.8.8.8", 53)).destination, "udp 8.8.8.8:53");
    EXPECT_EQ(hermetic().judge(ping("8.8.8.8")).destination, "icmp 8.8.8.8");
}

TEST(HermeticGateway, TellsTheNodeThatTheWayIsProhibited) {
    const auto reply = hermetic().judge(tcp("10.96.0.1", 443)).reply;
    const auto packet = parse_ipv4(reply);
    ASSERT_TRUE(packet);
    EXPECT_EQ(to_string(packet->source), "192.168.76.1");
    EXPECT_EQ(to_string(packet->destination), "192.168.76.11");
    EXPECT_EQ(packet->payload[0], 3);
    EXPECT_EQ(packet->payload[1], 13);
    EXPECT_EQ(checksum_finish(checksum_add(0, packet->payload)), 0);
    EXPECT_EQ(read32(packet->payload, 8 + 16), Ipv4::parse("10.96.0.1")->number);  // what it quotes
}

TEST(HermeticGateway, NeverAnswersAnErrorWithAnError) {
    const auto judgement = hermetic().judge(make_ipv4(to("8.8.8.8"), protocol_icmp, Frame{3, 1, 0, 0, 0, 0, 0, 0}));
    EXPECT_EQ(judgement.kind, Kind::refuse);
    EXPECT_TRUE(judgement.reply.empty());
}

TEST(HermeticGateway, RefusesIpv6) {
    Frame frame = tcp("192.168.76.1", 80);
    write16(frame, 12, ether_ipv6);
    EXPECT_EQ(hermetic().judge(frame).kind, Kind::refuse);
}

TEST(HermeticGateway, LetsNodesReachThePackageRepository) {
    EXPECT_EQ(hermetic().judge(tcp("192.168.76.1", 80)).kind, Kind::to_slirp);
    EXPECT_EQ(hermetic().judge(tcp("192.168.76.1", 80, false)).kind, Kind::to_slirp);
}

TEST(HermeticGateway, RefusesConnectionsToItsOtherPortsAtOnce) {
    for (const auto* address : {"192.168.76.1", "192.168.76.2"}) {
        const auto judgement = hermetic().judge(tcp(address, 22));
        ASSERT_EQ(judgement.kind, Kind::answer) << address;
        EXPECT_TRUE(parse_tcp(*parse_ipv4(judgement.reply))->rst) << address;
    }
}

TEST(HermeticGateway, CarriesTheAnswersOfForwardedConnections) {
    EXPECT_EQ(hermetic().judge(tcp("192.168.76.2", 45678, false)).kind, Kind::to_slirp);
}

TEST(HermeticGateway, RefusesFragmentsOfForbiddenPackets) {
    auto frame = udp("8.8.8.8", 53);
    write16(frame, ethernet_header + 6, 0x2000);
    EXPECT_EQ(hermetic().judge(frame).kind, Kind::refuse);
    auto own_fragment = tcp("192.168.76.1", 80);
    write16(own_fragment, ethernet_header + 6, 0x2000);
    EXPECT_EQ(hermetic().judge(own_fragment).kind, Kind::discard);
}

TEST(HermeticGateway, LetsNoBrokenFrameThrough) {
    std::mt19937 random(4);  // the same frames each time
    const std::vector<Frame> good{tcp("192.168.76.1", 80), tcp("10.96.0.1", 443), udp("192.168.76.1", 53),
                                  ping("192.168.76.1"), make_arp(true, to("192.168.76.1"))};
    for (int round = 0; round < 200'000; ++round) {
        auto frame = good[random() % good.size()];
        for (auto changes = random() % 4 + 1; changes > 0; --changes) {
            frame[random() % frame.size()] = static_cast<std::uint8_t>(random());
        }
        frame.resize(random() % 4 == 0 ? random() % frame.size() : frame.size());
        const auto judgement = hermetic().judge(frame);
        if (judgement.kind != Kind::to_slirp) continue;
        const auto packet = parse_ipv4(frame);
        ASSERT_TRUE(packet);
        ASSERT_TRUE(packet->destination == own.services || packet->destination == own.forwards);
        ASSERT_EQ(packet->protocol, protocol_tcp);
    }
}

TEST(Gateway, AnswersArpForItsOwnAddressesOnly) {
    for (const auto* address : {"192.168.76.1", "192.168.76.2"}) {
        auto request = to(address);
        request.destination_mac = *Mac::parse("ff:ff:ff:ff:ff:ff");
        const auto judgement = hermetic().judge(make_arp(true, request));
        ASSERT_EQ(judgement.kind, Kind::answer) << address;
        EXPECT_EQ(source_of(judgement.reply), gateway_mac);
        EXPECT_EQ(destination_of(judgement.reply), node_mac);
        EXPECT_EQ(parse_arp(judgement.reply)->sender_mac, gateway_mac);
    }
    for (const auto* address : {"192.168.76.3", "192.168.76.11", "192.168.76.12", "10.96.0.1"}) {
        EXPECT_EQ(hermetic().judge(make_arp(true, to(address))).kind, Kind::discard) << address;
    }
}

TEST(Gateway, AnswersPing) {
    const auto judgement = hermetic().judge(ping("192.168.76.1"));
    ASSERT_EQ(judgement.kind, Kind::answer);
    const auto packet = parse_ipv4(judgement.reply);
    EXPECT_EQ(packet->payload[0], 0);
    EXPECT_EQ(checksum_finish(checksum_add(0, packet->payload)), 0);
}

TEST(Gateway, TakesDnsQueries) {
    EXPECT_EQ(hermetic().judge(udp("192.168.76.1", 53)).kind, Kind::dns);
}

TEST(Gateway, LeavesFramesForOthersAlone) {
    auto frame = tcp("8.8.8.8", 80);
    std::fill_n(frame.begin(), 6, std::uint8_t{0xff});
    EXPECT_EQ(hermetic().judge(frame).kind, Kind::discard);
    EXPECT_EQ(hermetic().judge(Frame(14)).kind, Kind::discard);
    EXPECT_EQ(hermetic().judge(Frame(5)).kind, Kind::discard);
}

TEST(OpenGateway, LetsNodesOutButNotToTheHost) {
    EXPECT_EQ(open().judge(tcp("8.8.8.8", 443)).kind, Kind::to_slirp);
    for (const auto* address :
         {"203.0.113.5", "127.0.0.1", "169.254.169.254", "192.168.76.3", "192.168.76.77", "0.0.0.0"}) {
        EXPECT_EQ(open().judge(tcp(address, 80)).kind, Kind::refuse) << address;
    }
}

TEST(RefusedList, KeepsTheFirstFewDifferentDestinations) {
    RefusedList list;
    for (int i = 0; i < 100; ++i) list.add(i % 2 == 0 ? "tcp 10.96.0.1:443" : "udp 8.8.8.8:53");
    EXPECT_EQ(list.count(), 100U);
    EXPECT_THAT(list.first(), ElementsAre("tcp 10.96.0.1:443", "udp 8.8.8.8:53"));
    for (int i = 0; i < 100; ++i) list.add(std::to_string(i));
    EXPECT_EQ(list.first().size(), 8U);
}

}  // namespace
}  // namespace crib::network
