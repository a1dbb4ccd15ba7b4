#include "harness/base/pattern.h"

#include "harness/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crib {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string complaint(const std::string& expression) {
    const auto problem = problem_with_pattern(expression);
    return problem ? problem->message + " / " + problem->hint : "none";
}

TEST(Pattern, MatchesTheWholeOfAText) {
    const Pattern pattern("cri-o://1[.]36[.].*");
    EXPECT_TRUE(pattern.matches_whole("cri-o://1.36.3"));
    EXPECT_FALSE(pattern.matches_whole("cri-o://1.35.3"));
    EXPECT_FALSE(pattern.matches_whole("x cri-o://1.36.3"));
}

TEST(Pattern, GivesWhatItsGroupsHaveMatched) {
    const Pattern pattern(R"((\w+) (\d+)( x)?)");
    EXPECT_THAT(pattern.groups_of("go 126").value(), ElementsAre("go", "126", ""));
    EXPECT_EQ(pattern.groups_of("go"), std::nullopt);
}

TEST(Pattern, ReplacesAllThatItMatches) {
    EXPECT_EQ(Pattern("(a)b").replace_all("ab ab b", R"(\1-)"), "a- a- b");
    EXPECT_EQ(Pattern("--token \\S+", Pattern::Text::bytes).replace_all("--token a\xff\xfe! x", "-"), "- x");
}

TEST(Pattern, ThatIsNoneIsRefusedWithWhatIsWrong) {
    EXPECT_THAT(complaint("[abc"), HasSubstr("is not a regular expression: missing"));
    EXPECT_THROW(Pattern("[abc"), Error);
    EXPECT_EQ(complaint("cri-o://1[.]36[.].*"), "none");
}

TEST(Pattern, OfAnotherSyntaxIsToldSo) {
    EXPECT_THAT(complaint("a(?=b)"), HasSubstr("no look-ahead and no look-behind"));
    EXPECT_THAT(complaint("(?<!a)b"), HasSubstr("no look-ahead and no look-behind"));
    EXPECT_THAT(complaint(R"((a)\1)"), HasSubstr("no back references"));
}

TEST(Pattern, IsNeverTooMuchForTheStack) {
    EXPECT_THAT(complaint(std::string(90'000, 'a')), HasSubstr("it has 90000 bytes, and may have 1000"));
    EXPECT_THROW(Pattern(std::string(90'000, 'a')), Error);
    EXPECT_NE(complaint(std::string(500, '(') + std::string(500, ')')), "");
    EXPECT_THAT(complaint("((a{100}){100}){100}"), HasSubstr("is not a regular expression"));
}

// A backtracking matcher takes 2^n steps, or a level of its stack a letter.
TEST(Pattern, TakesNoLongerForATextThatAlmostMatches) {
    EXPECT_FALSE(Pattern("(a|a)*b").matches_whole(std::string(1'000'000, 'a')));
    EXPECT_FALSE(Pattern("(a+)+b").matches_whole(std::string(1'000'000, 'a')));
}

}  // namespace
}  // namespace crib
