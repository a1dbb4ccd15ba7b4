#include "harness/report/style.h"

#include <gtest/gtest.h>

namespace crib::report {
namespace {

TEST(Clean, KeepsPlainTextOfAnyLanguage) {
    EXPECT_EQ(clean("naïve €5 日本 😀"), "naïve €5 日本 😀");
}

TEST(Clean, TakesTerminalSequencesOutOfAGuestsOutput) {
    EXPECT_EQ(clean("\x1b[1;31mred\x1b[0m text"), "red text");
    EXPECT_EQ(clean("\x1b]0;window title\a"
                    "after"),
              "after");
    EXPECT_EQ(clean("\x1b(Bx\x1b"), "Bx");
    EXPECT_EQ(clean("cut \x1b[31"), "cut ");
}

TEST(Clean, TakesControlCharactersOut) {
    EXPECT_EQ(clean("a\rb\x01\x7f"
                    "c\td"),
              "abc d");
    EXPECT_EQ(clean("\xC2\x9B"
                    "x"),
              "x");  // an 8-bit control sequence introducer
}

TEST(Clean, KeepsNewlinesOnlyWhenAsked) {
    EXPECT_EQ(clean("a\nb"), "a b");
    EXPECT_EQ(clean("a\nb", true), "a\nb");
}

TEST(Clean, ReplacesBytesThatAreNoText) {
    EXPECT_EQ(clean("a\xFF"
                    "b\xC3"),
              "a\xEF\xBF\xBD"
              "b\xEF\xBF\xBD");
    EXPECT_EQ(clean("\xEF\xBF\xBF"), "\xEF\xBF\xBD");
}

TEST(Columns, CountsWhatATerminalShows) {
    EXPECT_EQ(columns("plain"), 5U);
    EXPECT_EQ(columns("naïve"), 5U);
    EXPECT_EQ(columns("日本"), 4U);
    EXPECT_EQ(columns("e\xCC\x81"), 1U);
    EXPECT_EQ(columns(""), 0U);
}

TEST(Elide, CutsAtTheWidthAndMarksIt) {
    EXPECT_EQ(elide("kubeadm-init", 12), "kubeadm-init");
    EXPECT_EQ(elide("kubeadm-init", 8), "kubeadm…");
    EXPECT_EQ(elide("日本語", 4), "日…");
    EXPECT_EQ(elide("ab", 1), "…");
    EXPECT_EQ(elide("ab", 0), "");
}

TEST(Pad, FillsUpToTheWidth) {
    EXPECT_EQ(pad("né", 4), "né  ");
    EXPECT_EQ(pad("long", 2), "long");
}

TEST(Paint, ColoursOnlyWhenAsked) {
    EXPECT_EQ(Style(true).paint(Tone::good, "passed"), "\x1b[32mpassed\x1b[0m");
    EXPECT_EQ(Style(false).paint(Tone::good, "passed"), "passed");
    EXPECT_EQ(Style(true).paint(Tone::plain, "x"), "x");
    EXPECT_EQ(Style(true).paint(Tone::bad, ""), "");
}

}  // namespace
}  // namespace crib::report
