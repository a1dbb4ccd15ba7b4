#include "harness/network/dns.h"

#include <gtest/gtest.h>

namespace crib::network {
namespace {

constexpr std::uint16_t type_a = 1;
constexpr std::uint16_t type_aaaa = 28;

Frame query(const std::string& name, std::uint16_t type, bool extended = false) {
    Frame out{0x12, 0x34, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, static_cast<std::uint8_t>(extended ? 1 : 0)};
    std::size_t start = 0;
    while (start < name.size()) {
        const auto end = std::min(name.find('.', start), name.size());
        out.push_back(static_cast<std::uint8_t>(end - start));
        out.insert(out.end(), name.begin() + static_cast<std::ptrdiff_t>(start),
                   name.begin() + static_cast<std::ptrdiff_t>(end));
        start = end + 1;
    }
    for (const int byte : {0, 0, 0, 0, 1}) out.push_back(static_cast<std::uint8_t>(byte));
    write16(out, out.size() - 4, type);
    if (extended) {
        for (const int byte : {0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0}) out.push_back(static_cast<std::uint8_t>(byte));
    }
    return out;
}

DnsZone zone(bool pass_unknown = false) {
    return DnsZone({{"master.crib.test", Ipv4{0xc0a84c0b}}, {"master", Ipv4{0xc0a84c0b}}}, "crib.test", pass_unknown);
}

unsigned code_of(const Frame& message) {
    return message[3] & 15U;
}
unsigned answers_in(const Frame& message) {
    return read16(message, 6);
}

TEST(ClusterDns, AnswersTheAddressOfANode) {
    const auto answer = zone().answer(query("Master.crib.TEST", type_a));
    ASSERT_EQ(answer.verdict, DnsZone::Verdict::answered);
    EXPECT_EQ(read16(answer.message, 0), 0x1234);
    EXPECT_TRUE((answer.message[2] & 0x80U) != 0);
    EXPECT_EQ(code_of(answer.message), 0U);
    ASSERT_EQ(answers_in(answer.message), 1U);
    EXPECT_EQ(read32(answer.message, answer.message.size() - 4), 0xc0a84c0bU);
}

TEST(ClusterDns, SaysThatAKnownNameHasNoIpv6Address) {
    const auto answer = zone().answer(query("master", type_aaaa));
    ASSERT_EQ(answer.verdict, DnsZone::Verdict::answered);
    EXPECT_EQ(code_of(answer.message), 0U);
    EXPECT_EQ(answers_in(answer.message), 0U);
}

TEST(ClusterDns, KnowsNoOtherNamesWhenHermetic) {
    for (const auto* name : {"example.com", "nobody.crib.test", "aster"}) {
        const auto answer = zone().answer(query(name, type_a));
        ASSERT_EQ(answer.verdict, DnsZone::Verdict::answered) << name;
        EXPECT_EQ(code_of(answer.message), 3U) << name;
    }
}

TEST(ClusterDns, PassesOnOnlyForeignNamesWithInternet) {
    EXPECT_EQ(zone(true).answer(query("example.com", type_a)).verdict, DnsZone::Verdict::pass_on);
    EXPECT_EQ(zone(true).answer(query("nobody.crib.test", type_a)).verdict, DnsZone::Verdict::answered);
    EXPECT_EQ(zone(true).answer(query("master", type_a)).verdict, DnsZone::Verdict::answered);
}

TEST(ClusterDns, KeepsTheExtendedRecordOfAResolverThatSentOne) {
    const auto answer = zone().answer(query("master", type_a, true));
    EXPECT_EQ(read16(answer.message, 10), 1);
    EXPECT_EQ(answer.message[answer.message.size() - 11], 0);
    EXPECT_EQ(read16(answer.message, answer.message.size() - 10), 41);
    EXPECT_EQ(read32(answer.message, answer.message.size() - 15), 0xc0a84c0bU);
}

TEST(ClusterDns, IgnoresAnswersAndScraps) {
    auto answer = query("master", type_a);
    answer[2] |= 0x80U;
    EXPECT_EQ(zone().answer(answer).verdict, DnsZone::Verdict::ignore);
    EXPECT_EQ(zone().answer(Frame{1, 2, 3}).verdict, DnsZone::Verdict::ignore);
}

TEST(ClusterDns, SurvivesEveryTruncationOfAQuery) {
    const auto whole = query("master.crib.test", type_a, true);
    for (std::size_t size = 12; size < whole.size() - 11; ++size) {
        const auto answer = zone().answer(Bytes(whole).first(size));
        ASSERT_EQ(answer.verdict, DnsZone::Verdict::answered) << size;
        EXPECT_EQ(code_of(answer.message), 1U) << size;
    }
}

TEST(ClusterDns, RefusesNamesThatPointAround) {
    Frame pointer = query("master", type_a);
    pointer[12] = 0xc0;
    EXPECT_FALSE(parse_dns_query(pointer));
}

}  // namespace
}  // namespace crib::network
