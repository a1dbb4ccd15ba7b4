#include "harness/network/packet.h"

#include <gtest/gtest.h>

namespace crib::network {
namespace {

const Ends master_to_gateway{*Mac::parse("52:54:00:76:00:0b"), *Ipv4::parse("192.168.76.11"),
                             *Mac::parse("52:54:00:76:00:01"), *Ipv4::parse("192.168.76.1")};

std::uint16_t ip_header_sum(const Frame& frame) {
    return checksum_finish(checksum_add(0, Bytes(frame).subspan(ethernet_header, 20)));
}

// Zero when the transport checksum of a made frame is right.
std::uint16_t transport_sum(const Frame& frame) {
    const auto packet = parse_ipv4(frame);
    auto sum = checksum_add(packet->protocol, packet->payload) + static_cast<std::uint32_t>(packet->payload.size());
    sum = checksum_add(sum, packet->header.subspan(12, 8));
    return checksum_finish(sum);
}

TEST(Packet, ChecksumMatchesTheExampleOfRfc1071) {
    const Frame data{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
    EXPECT_EQ(checksum_finish(checksum_add(0, data)), 0x220d);
}

TEST(Packet, ADatagramComesBackAsItWasMade) {
    const Frame data{'h', 'i', '!'};
    const auto frame = make_udp(master_to_gateway, 4000, 53, data);
    EXPECT_EQ(ip_header_sum(frame), 0);
    EXPECT_EQ(transport_sum(frame), 0);
    const auto packet = parse_ipv4(frame);
    ASSERT_TRUE(packet);
    const auto udp = parse_udp(*packet);
    ASSERT_TRUE(udp);
    EXPECT_EQ(udp->source_port, 4000);
    EXPECT_EQ(udp->destination_port, 53);
    EXPECT_EQ(Frame(udp->data.begin(), udp->data.end()), data);
}

TEST(Packet, ASegmentComesBackAsItWasMade) {
    const Frame data{'h', 'i'};
    TcpSegment segment{4000, 80, 17, 23};
    segment.ack = true;
    segment.data = data;
    const auto frame = make_tcp(master_to_gateway, segment);
    EXPECT_EQ(transport_sum(frame), 0);
    const auto back = parse_tcp(*parse_ipv4(frame));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->sequence, 17U);
    EXPECT_EQ(back->acknowledged, 23U);
    EXPECT_TRUE(back->ack);
    EXPECT_FALSE(back->syn);
    EXPECT_EQ(back->data.size(), 2U);
}

TEST(Packet, ThePaddingOfAShortFrameIsNotData) {
    auto frame = make_udp(master_to_gateway, 4000, 53, Frame{'h', 'i'});
    frame.resize(60);
    EXPECT_EQ(parse_udp(*parse_ipv4(frame))->data.size(), 2U);
}

TEST(Packet, NoTruncationOfAFrameIsReadBeyondItsEnd) {
    TcpSegment segment{4000, 80, 1, 1};
    for (const auto& whole : {make_udp(master_to_gateway, 1, 53, Frame(20)), make_tcp(master_to_gateway, segment),
                              make_arp(true, master_to_gateway)}) {
        for (std::size_t size = ethernet_header; size < whole.size(); ++size) {
            const auto part = Bytes(whole).first(size);
            EXPECT_FALSE(parse_ipv4(part)) << size;
            EXPECT_FALSE(parse_arp(part)) << size;
        }
    }
}

TEST(Packet, LengthsThatLieAreRefused) {
    auto frame = make_udp(master_to_gateway, 1, 53, Frame(8));
    write16(frame, ethernet_header + 20 + 4, 400);  // the datagram claims more than the packet holds
    EXPECT_FALSE(parse_udp(*parse_ipv4(frame)));
    frame[ethernet_header] = 0x4f;  // a header longer than the packet
    EXPECT_FALSE(parse_ipv4(frame));
    auto tcp = make_tcp(master_to_gateway, TcpSegment{1, 80});
    tcp[ethernet_header + 20 + 12] = 0xf0;
    EXPECT_FALSE(parse_tcp(*parse_ipv4(tcp)));
}

TEST(Packet, FragmentsHaveNoPorts) {
    auto frame = make_udp(master_to_gateway, 1, 53, Frame(8));
    write16(frame, ethernet_header + 6, 0x2000);
    const auto packet = parse_ipv4(frame);
    ASSERT_TRUE(packet);
    EXPECT_TRUE(packet->fragment);
    EXPECT_FALSE(parse_udp(*packet));
}

TEST(Packet, AResetAnswersTheSegmentThatOpenedAConnection) {
    TcpSegment syn{4000, 443, 1000};
    syn.syn = true;
    const auto frame = make_tcp(master_to_gateway, syn);
    const auto packet = parse_ipv4(frame);
    const auto reply = answer_reset(frame, *packet, *parse_tcp(*packet));
    const auto back = parse_ipv4(reply);
    ASSERT_TRUE(back);
    EXPECT_EQ(to_string(back->source), "192.168.76.1");
    EXPECT_EQ(to_string(back->destination), "192.168.76.11");
    const auto reset = parse_tcp(*back);
    EXPECT_TRUE(reset->rst);
    EXPECT_EQ(reset->acknowledged, 1001U);
    EXPECT_EQ(reset->destination_port, 4000);
    EXPECT_EQ(transport_sum(reply), 0);
}

}  // namespace
}  // namespace crib::network
