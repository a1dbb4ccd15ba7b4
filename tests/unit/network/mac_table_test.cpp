#include "harness/network/mac_table.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace crib::network {
namespace {

using Kind = Decision::Kind;
constexpr TimePoint start{};
const Mac master = *Mac::parse("52:54:00:76:00:0b");
const Mac worker = *Mac::parse("52:54:00:76:00:0c");
const Mac gateway = *Mac::parse("52:54:00:76:00:01");
const Mac everybody = *Mac::parse("ff:ff:ff:ff:ff:ff");

Frame frame(const Mac& from, const Mac& to) {
    Frame out(60);
    std::copy(to.bytes.begin(), to.bytes.end(), out.begin());
    std::copy(from.bytes.begin(), from.bytes.end(), out.begin() + 6);
    return out;
}

TEST(VirtualSwitch, SendsAFrameForAnUnknownAddressEverywhere) {
    MacTable table;
    EXPECT_EQ(decide(table, frame(master, worker), 0, start).kind, Kind::to_all_others);
}

TEST(VirtualSwitch, DeliversAFrameOnlyToThePortThatOwnsTheAddress) {
    MacTable table;
    decide(table, frame(worker, everybody), 1, start);
    EXPECT_EQ(decide(table, frame(master, worker), 0, start), (Decision{Kind::to_port, 1}));
}

TEST(VirtualSwitch, SendsABroadcastToAll) {
    MacTable table;
    EXPECT_EQ(decide(table, frame(master, everybody), 0, start).kind, Kind::to_all_others);
}

TEST(VirtualSwitch, DoesNotSendAFrameBackToItsPort) {
    MacTable table;
    decide(table, frame(worker, everybody), 0, start);
    EXPECT_EQ(decide(table, frame(master, worker), 0, start).kind, Kind::discard);
}

TEST(VirtualSwitch, FollowsANodeThatMoves) {
    MacTable table;
    decide(table, frame(worker, everybody), 1, start);
    decide(table, frame(worker, everybody), 2, start);
    EXPECT_EQ(decide(table, frame(master, worker), 0, start), (Decision{Kind::to_port, 2}));
}

TEST(VirtualSwitch, LetsNoNodeTakeTheGatewaysAddress) {
    MacTable table;
    table.pin(gateway, 9);
    decide(table, frame(gateway, everybody), 1, start);
    EXPECT_EQ(decide(table, frame(master, gateway), 0, start), (Decision{Kind::to_port, 9}));
}

TEST(VirtualSwitch, ForgetsTheAddressesOfAPortThatIsUnplugged) {
    MacTable table;
    decide(table, frame(worker, everybody), 1, start);
    table.forget_port(1);
    EXPECT_EQ(decide(table, frame(master, worker), 0, start).kind, Kind::to_all_others);
}

TEST(VirtualSwitch, ForgetsAnAddressThatHasBeenSilentForLong) {
    MacTable table(1024, std::chrono::minutes{5});
    decide(table, frame(worker, everybody), 1, start);
    EXPECT_EQ(decide(table, frame(master, worker), 0, start + std::chrono::minutes{4}).kind, Kind::to_port);
    EXPECT_EQ(decide(table, frame(master, worker), 0, start + std::chrono::minutes{6}).kind, Kind::to_all_others);
}

TEST(VirtualSwitch, DoesNotGrowWhenANodeInventsAddresses) {
    MacTable table(16);
    for (std::uint8_t i = 0; i < 200; ++i) {
        decide(table, frame(Mac{{0x52, 0x54, 0, 1, 1, i}}, everybody), 0, start);
    }
    EXPECT_EQ(table.size(), 16U);
    decide(table, frame(worker, everybody), 1, start + std::chrono::minutes{6});
    EXPECT_EQ(table.find(worker, start + std::chrono::minutes{6}), std::optional<PortIndex>(1));
}

TEST(VirtualSwitch, KeepsFramesOfOneCableOnThatCable) {
    MacTable table;
    EXPECT_EQ(decide(table, frame(master, *Mac::parse("01:80:c2:00:00:00")), 0, start).kind, Kind::discard);
}

TEST(VirtualSwitch, LearnsNoMulticastSender) {
    MacTable table;
    decide(table, frame(everybody, worker), 0, start);
    EXPECT_EQ(table.size(), 0U);
}

}  // namespace
}  // namespace crib::network
