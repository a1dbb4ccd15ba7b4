#include "harness/network/address.h"

#include <gtest/gtest.h>

namespace crib::network {
namespace {

TEST(NetworkAddress, ReadsAndWritesHardwareAddresses) {
    const auto mac = Mac::parse("52:54:00:76:00:0b");
    ASSERT_TRUE(mac);
    EXPECT_EQ(to_string(*mac), "52:54:00:76:00:0b");
    EXPECT_EQ(mac->number(), 0x52540076000bULL);
}

TEST(NetworkAddress, RefusesWhatIsNoHardwareAddress) {
    for (const auto* text : {"", "52:54:00:76:00", "52:54:00:76:00:0b:0c", "52:54:00:76:00:zz", "52:54:00:76:00:100"}) {
        EXPECT_FALSE(Mac::parse(text)) << text;
    }
}

TEST(NetworkAddress, ReadsAndWritesIpv4Addresses) {
    const auto address = Ipv4::parse("192.168.76.11");
    ASSERT_TRUE(address);
    EXPECT_EQ(address->number, 0xc0a84c0bU);
    EXPECT_EQ(to_string(*address), "192.168.76.11");
}

TEST(NetworkAddress, RefusesWhatIsNoIpv4Address) {
    for (const auto* text : {"", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.-4", "a.b.c.d", "1.2.3. 4"}) {
        EXPECT_FALSE(Ipv4::parse(text)) << text;
    }
}

}  // namespace
}  // namespace crib::network
