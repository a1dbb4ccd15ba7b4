// What differs between two texts, and how much of it is told.

#include "harness/engine/changed_lines.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crib::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string numbered_lines(int from, int to) {
    std::string text;
    for (int i = from; i < to; ++i) text += fmt::format("line {}\n", i);
    return text;
}

std::vector<std::string> changed_lines(const std::string& before, const std::string& after) {
    return LineComparison().changed(before, after);
}

TEST(ChangedLines, AreThoseOfOneTextThatTheOtherHasNot) {
    EXPECT_THAT(changed_lines("a\nb\nc\n", "a\nc\nd\n"), ElementsAre("-b", "+d"));
    EXPECT_THAT(changed_lines("a\n", "a\n"), IsEmpty());
    EXPECT_THAT(changed_lines("", "a\nb\n"), ElementsAre("+a", "+b"));
    EXPECT_THAT(changed_lines("a\na\n", "a\n"), ElementsAre("-a"));
    EXPECT_THAT(changed_lines("x\na\nb\n", "a\ny\nb\n"), ElementsAre("-x", "+y"));
}

TEST(ChangedLines, OfLargeTextsAreToldWhereLittleOfThemChanged) {
    const auto begin = numbered_lines(0, 100'000);
    const auto end = numbered_lines(200'000, 300'000);
    EXPECT_THAT(changed_lines(begin + "old\n" + end, begin + "new\n" + end), ElementsAre("-old", "+new"));
}

TEST(ChangedLines, AreCountedWhereTooMuchChanged) {
    EXPECT_THAT(changed_lines(numbered_lines(0, 8000), numbered_lines(8000, 15'000)),
                ElementsAre("8000 lines -> 7000 lines, which differ in too much to be shown"));
}

TEST(ChangedLines, AreCountedOnceMuchHasBeenCompared) {
    LineComparison comparison;
    const auto before = numbered_lines(0, 1900);
    const auto after = numbered_lines(2000, 3900);
    std::size_t shown = 0;
    for (int i = 0; i < 100; ++i) shown += comparison.changed(before, after).size() > 1 ? 1 : 0;
    EXPECT_GT(shown, 0U);
    EXPECT_LT(shown, 10U);
    const std::string long_line(5U << 20U, 'x');
    EXPECT_EQ(LineComparison().changed(long_line, "y").front(),
              "1 lines -> 1 lines, which differ in too much to be shown");
}

}  // namespace
}  // namespace crib::engine
