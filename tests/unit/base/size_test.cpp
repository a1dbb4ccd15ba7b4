#include "harness/base/size.h"

#include "harness/base/size_limit.h"

#include <gtest/gtest.h>

namespace crib {
namespace {

TEST(ByteSize, ReadsANumberWithItsUnit) {
    EXPECT_EQ(ByteSize::parse("2300MiB"), ByteSize::mib(2300));
    EXPECT_EQ(ByteSize::parse("8GiB"), ByteSize::gib(8));
    EXPECT_EQ(ByteSize::parse("512KiB"), ByteSize{512 * 1024});
    EXPECT_EQ(ByteSize::parse("2GB"), ByteSize{2'000'000'000});
    EXPECT_EQ(ByteSize::parse("1024"), ByteSize{1024});
    EXPECT_EQ(ByteSize::parse("8 GiB"), ByteSize::gib(8));
}

TEST(ByteSize, RefusesWhatIsNoSize) {
    for (const auto* text : {"", "MiB", "-1MiB", "+1MiB", "1.5GiB", "1gib", "1 G B", "1MiBs", "0x10", "1MiB2"}) {
        EXPECT_EQ(ByteSize::parse(text), std::nullopt) << text;
    }
}

TEST(ByteSize, RefusesWhatDoesNotFit) {
    EXPECT_EQ(ByteSize::parse("18446744073709551615")->bytes, 18446744073709551615U);
    EXPECT_EQ(ByteSize::parse("18446744073709551616"), std::nullopt);
    EXPECT_EQ(ByteSize::parse("16777216TiB"), std::nullopt);
    EXPECT_TRUE(ByteSize::parse("16777215TiB").has_value());
}

TEST(ByteSize, IsWrittenInTheLargestUnitThatFits) {
    EXPECT_EQ(to_string(ByteSize{0}), "0 B");
    EXPECT_EQ(to_string(ByteSize{1023}), "1023 B");
    EXPECT_EQ(to_string(ByteSize::mib(96)), "96 MiB");
    EXPECT_EQ(to_string(ByteSize::mib(2300)), "2.2 GiB");
    EXPECT_EQ(to_string(ByteSize::gib(8)), "8 GiB");
}

TEST(ByteSize, IsOrderedByItsBytes) {
    EXPECT_LT(ByteSize::mib(1), ByteSize::gib(1));
    EXPECT_EQ(ByteSize::gib(1).in_mib(), 1024U);
}

TEST(ByteSizes, ThatAreTooLargeAreToldFromThoseThatAreNone) {
    for (const auto* text : {"99999999TiB", "18446744073709551616", "99999999999999999999999GiB"}) {
        EXPECT_TRUE(is_too_large_a_size(text)) << text;
        EXPECT_FALSE(ByteSize::parse(text)) << text;
    }
    for (const auto* text : {"1GiB", "16777215TiB", "", "GiB", "99999999999999999999999 apples", "-1"}) {
        EXPECT_FALSE(is_too_large_a_size(text)) << text;
    }
}

// "--limit 5" left nothing of what was meant to be kept.
TEST(LimitsOfCaches, NeedAUnit) {
    for (const auto* text : {"10GiB", "10 GiB", "5B", "0", "0GiB"}) EXPECT_EQ(objection_to_limit(text), "") << text;
    for (const auto* text : {"5", "05", "5 ", "10737418240"}) {
        EXPECT_EQ(objection_to_limit(text), "a number without a unit") << text;
    }
    for (const auto* text : {"", "GiB", "-1GiB", "much"}) EXPECT_EQ(objection_to_limit(text), "no size") << text;
    EXPECT_EQ(objection_to_limit("99999999TiB"), "too large a size");
}

TEST(ByteSize, IsWrittenExactlyWhereTwoSizesAreCompared) {
    EXPECT_EQ(to_exact_string(ByteSize::mib(1890)), "1890 MiB");
    EXPECT_EQ(to_exact_string(ByteSize::gib(3)), "3 GiB");
    EXPECT_EQ(to_exact_string({2'000'000'000}), "1953125 KiB");
    EXPECT_EQ(to_exact_string({1'000'000'001}), "1000000001 B");
    EXPECT_EQ(to_exact_string({}), "0 B");
}

}  // namespace
}  // namespace crib
