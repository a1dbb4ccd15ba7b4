#include "harness/base/version.h"

#include <gtest/gtest.h>

namespace crib {
namespace {

TEST(Version, ComparesByItsNumbers) {
    EXPECT_LT(*parse_version("1.9.3"), *parse_version("1.10.0"));
    EXPECT_LT(*parse_version("3.10"), *parse_version("3.10.1"));
    EXPECT_EQ(*parse_version("6.12"), *parse_version("6.12.0"));
    EXPECT_EQ(parse_version("1.9.1-flannel3")->rest, "-flannel3");
    EXPECT_EQ(parse_version("5.14.el9")->rest, ".el9");
    EXPECT_EQ(parse_written_version("5.14.el9")->numbers, 2U);
    EXPECT_FALSE(parse_version("debian"));
    EXPECT_FALSE(parse_version("v1.36.3"));
    EXPECT_FALSE(parse_version(""));
}

TEST(Version, IsOfAMinor) {
    EXPECT_EQ(minor_of("1.36.3"), "1.36");
    EXPECT_EQ(minor_of("1.36"), "1.36");
    EXPECT_EQ(minor_of("1.9.1-flannel3"), "1.9");
    EXPECT_EQ(minor_of("debian"), "debian");
}

TEST(Version, IsOlderOrNot) {
    EXPECT_TRUE(is_older("1.9", "1.31"));
    EXPECT_FALSE(is_older("1.31", "1.9"));
    EXPECT_FALSE(is_older("1.26", "1.26.0"));
    EXPECT_TRUE(is_older("1.26.3", "1.26.8"));
    EXPECT_FALSE(is_older("1.36.0", "1.36.0-rc.1"));
    EXPECT_TRUE(is_older("debian", "1.0"));
}

}  // namespace
}  // namespace crib
