#include "harness/base/glob.h"

#include <gtest/gtest.h>

#include <string>

namespace crib {
namespace {

TEST(Glob, HasAStarForAnyText) {
    EXPECT_TRUE(matches_glob("1.36.*", "1.36.3"));
    EXPECT_FALSE(matches_glob("1.36.*", "1.3.6"));
    EXPECT_FALSE(matches_glob("1.36", "1.36.3"));
    EXPECT_TRUE(matches_glob("*", ""));
    EXPECT_TRUE(matches_glob("", ""));
    EXPECT_TRUE(matches_glob("**", "x"));
    EXPECT_TRUE(matches_glob("a*b*c", "a-b-b-c"));
    EXPECT_FALSE(matches_glob("a*b*c", "a-b-b-"));
    EXPECT_FALSE(matches_glob("", "a"));
    EXPECT_FALSE(matches_glob("ab*ba", "aba")) << "no letter counts twice";
    EXPECT_FALSE(matches_glob("a*b*b", "ab"));
    EXPECT_TRUE(matches_glob("*ab*", "aab"));
}

TEST(Glob, HasAQuestionMarkForOneCharacterWhereThatIsAskedFor) {
    EXPECT_FALSE(matches_glob("debian-1?", "debian-12"));
    EXPECT_TRUE(matches_glob("debian-1?", "debian-1?"));
    EXPECT_TRUE(matches_glob("debian-1?", "debian-12", QuestionMark::any_character));
    EXPECT_FALSE(matches_glob("debian-1?", "debian-1", QuestionMark::any_character));
    EXPECT_TRUE(matches_glob("*-1?", "debian-12", QuestionMark::any_character));
    EXPECT_TRUE(matches_glob("*1?.*", "v0-1.12.x", QuestionMark::any_character));
    EXPECT_FALSE(matches_glob("*?", "", QuestionMark::any_character));
}

// Trying out what each star may take would take longer than the universe has.
TEST(Glob, OfManyStarsIsDecidedAtOnce) {
    std::string stars;
    for (int i = 0; i < 1000; ++i) stars += "*a";
    const std::string text(10'000, 'a');
    EXPECT_FALSE(matches_glob(stars + "*b", text));
    EXPECT_FALSE(matches_glob(stars + "*b", text, QuestionMark::any_character));
    EXPECT_TRUE(matches_glob(stars, text));
    // The product of these lengths is 10^12.
    const std::string long_text(2'000'000, 'a');
    EXPECT_FALSE(matches_glob("*" + std::string(500'000, 'a') + "b*", long_text));
}

}  // namespace
}  // namespace crib
