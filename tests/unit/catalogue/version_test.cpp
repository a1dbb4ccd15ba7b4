// Versions compare by their numbers, and ranges of them say what they contain.

#include "harness/catalogue/version.h"
#include "harness/base/error.h"

#include <gtest/gtest.h>

namespace crib::catalogue {
namespace {

bool contains(std::string_view range, std::string_view version) {
    return VersionRange::parse(range).contains(*parse_version(version));
}

TEST(Version, ComparesByItsNumbersNotByItsLetters) {
    EXPECT_LT(*parse_version("1.9.3"), *parse_version("1.10.0"));
    EXPECT_LT(*parse_version("3.10"), *parse_version("3.10.1"));
    EXPECT_EQ(*parse_version("6.12"), *parse_version("6.12.0"));
    EXPECT_EQ(parse_version("1.9.1-flannel3")->rest, "-flannel3");
    EXPECT_EQ(parse_version("5.14.el9")->rest, ".el9");
    EXPECT_FALSE(parse_version("debian"));
    EXPECT_FALSE(parse_version("v1.36.3"));
}

TEST(VersionRange, ContainsWhatAllItsComparisonsAllow) {
    EXPECT_TRUE(contains(">=1.32 <1.34", "1.33.13"));
    EXPECT_FALSE(contains(">=1.32 <1.34", "1.34.0"));
    EXPECT_FALSE(contains(">=1.32 <1.34", "1.31.14"));
    EXPECT_TRUE(contains("<0.19", "0.18.1"));
    EXPECT_TRUE(contains("=1.36", "1.36.3"));
    EXPECT_FALSE(contains("=1.36.0", "1.36.3"));
}

TEST(VersionRange, RefusesWhatIsNoRange) {
    for (const auto* text : {"", "1.36", ">=", ">=latest", ">=1.2  <1.3", "=1.9.1-flannel3"}) {
        EXPECT_THROW(static_cast<void>(VersionRange::parse(text)), Error) << text;
    }
}

}  // namespace
}  // namespace crib::catalogue
