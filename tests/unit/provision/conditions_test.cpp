#include "harness/provision/conditions.h"

#include "harness/base/error.h"

#include <gmock/gmock.h>

namespace crib::provision {
namespace {

using ::testing::HasSubstr;

const std::map<std::string, std::string> kFacts = {{"os", "ubuntu-18.04"}, {"versions.kubernetes", "1.24.17"}};

TEST(Condition, OfTextMatchesItOrAPatternOfIt) {
    EXPECT_TRUE(matches("debian-13", "debian-13"));
    EXPECT_TRUE(matches("debian-13", "debian-*"));
    EXPECT_TRUE(matches("debian-13", "*-1?"));
    EXPECT_FALSE(matches("debian-13", "debian"));
    EXPECT_TRUE(matches("", ""));
    EXPECT_FALSE(matches("", "?*"));
}

TEST(Condition, OfVersionsComparesNumberByNumber) {
    EXPECT_TRUE(matches("1.24.17", ">=1.24"));
    EXPECT_TRUE(matches("1.24.17", "<=1.24"));
    EXPECT_FALSE(matches("1.24.17", ">1.24"));
    EXPECT_TRUE(matches("1.9.0", "<1.24"));
    EXPECT_TRUE(matches("1.26.0", ">=1.24 <1.27"));
    EXPECT_FALSE(matches("1.27.0", ">=1.24 <1.27"));
    EXPECT_TRUE(matches("1.20.3", "<1.20.4"));
}

TEST(Condition, ThatCanMatchNothingThatWasMeantIsObjectedTo) {
    for (const auto* good : {"", "?*", "debian-*", "another minor", ">=1.24", "<1.22", ">=1.24 <1.27", "<=1.36.3"}) {
        EXPECT_EQ(objection_to_pattern(good), "") << good;
    }
    for (const auto* bad :
         {">=x", "<", ">=", "<>1.2", ">1..2", ">1.2.3.4", ">=1.24  <1.27", ">=1.24 1.27", "<1.24 <y"}) {
        EXPECT_THAT(objection_to_pattern(bad), HasSubstr("compares with no version")) << bad;
    }
    EXPECT_THAT(objection_to_pattern("1.24 <1.27"), HasSubstr("behind what is none"));
    EXPECT_THAT(objection_to_pattern("a\nb"), HasSubstr("more than one line"));
}

TEST(Conditions, MustAllHoldAndEachByOneOfItsPatterns) {
    EXPECT_TRUE(holds({}, kFacts, "here"));
    EXPECT_TRUE(holds({{"os", {"debian-*", "ubuntu-*"}}, {"versions.kubernetes", {"<1.27"}}}, kFacts, "here"));
    EXPECT_FALSE(holds({{"os", {"ubuntu-*"}}, {"versions.kubernetes", {">=1.27"}}}, kFacts, "here"));
}

TEST(Conditions, OfASystemThatIsInNoTableDoNotHold) {
    EXPECT_FALSE(holds({{"os.keyring", {"*"}}}, kFacts, "here"));
    EXPECT_FALSE(holds({{"os.keyring", {""}}}, kFacts, "here"));
}

TEST(Conditions, OfAFactThatNobodyKnowsAreAMistakeWithTheNearest) {
    try {
        (void)holds({{"version.kubernetes", {"*"}}}, kFacts, "recipe r, step s");
        FAIL() << "held";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("recipe r, step s"));
        EXPECT_THAT(error.hint(), HasSubstr("versions.kubernetes"));
    }
}

// Trying out what each star may take would take longer than the universe has.
TEST(Conditions, WithManyStarsAreDecidedAtOnce) {
    EXPECT_FALSE(matches(std::string(10'000, 'a'), "*a*a*a*a*a*a*a*a*a*a*a*a*b"));
}

}  // namespace
}  // namespace crib::provision
