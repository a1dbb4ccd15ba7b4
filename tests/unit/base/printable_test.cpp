#include "harness/base/printable.h"

#include <gtest/gtest.h>

#include <string>

namespace crib {
namespace {

const std::string kMark = "\xEF\xBF\xBD";  // U+FFFD

TEST(Printable, KeepsPlainTextOfAnyLanguage) {
    EXPECT_EQ(printable("naïve €5 日本 😀 שלום"), "naïve €5 日本 😀 שלום");
    EXPECT_EQ(printable("👩‍👩‍👧 ❤️ می‌خواهم"), "👩‍👩‍👧 ❤️ می‌خواهم");
}

TEST(Printable, LeavesTerminalSequencesOut) {
    EXPECT_EQ(printable("\x1b[1;31mred\x1b[0m text"), "red text");
    EXPECT_EQ(printable("\x1b]0;window title\a"
                        "after"),
              "after");
    EXPECT_EQ(printable("\x1b]0;window title\x1b\\after"), "after");
    EXPECT_EQ(printable("\x1bPq#0\x1b\\after"), "after");
    EXPECT_EQ(printable("\x1b(Bx\x1b"), "x");
    EXPECT_EQ(printable("\x1b\x1b[2Jx"), "x");
    EXPECT_EQ(printable("cut \x1b[31"), "cut ");
    EXPECT_EQ(printable("broken off \x1b[3é"), "broken off é");
}

TEST(Printable, LetsASequenceThatNeverEndsTakeNoMoreThanItsLine) {
    EXPECT_EQ(printable_lines("a\x1b]0;title\nb"), "a\nb");
}

TEST(Printable, MarksWhatATerminalMustNotGetOrWouldNotShow) {
    EXPECT_EQ(printable(std::string("a\0b", 3)), "a" + kMark + "b");
    EXPECT_EQ(printable("a\x01\x7f"
                        "b"),
              "a" + kMark + kMark + "b");
    EXPECT_EQ(printable("\xC2\x9B"
                        "x"),
              kMark + "x");  // an 8-bit control sequence introducer
    for (const char* mark : {"\u200E", "\u200F", "\u061C", "\u202A", "\u202E", "\u2066", "\u2069", "\u200B", "\uFEFF",
                             "\u00AD", "\uFFFF", "\U000E0041"}) {
        EXPECT_EQ(printable(std::string("a") + mark + "b"), "a" + kMark + "b");
    }
}

TEST(Printable, MarksBytesThatAreNoText) {
    EXPECT_EQ(printable("a\xFF"
                        "b\xC3"),
              "a" + kMark + "b" + kMark);
    EXPECT_EQ(printable("\xED\xA0\x80"), kMark + kMark + kMark);  // a surrogate
}

TEST(Printable, IsOneLine) {
    EXPECT_EQ(printable("a\nb\r\nc\td"), "a b c d");
    EXPECT_EQ(printable("a\u2028b\u2029c"), "a b c");
    EXPECT_EQ(printable("row\rROW"), "rowROW");
}

TEST(PrintableLines, KeepNewlinesAndTabs) {
    EXPECT_EQ(printable_lines("a\nb\r\nc\td\n"), "a\nb\nc\td\n");
    EXPECT_EQ(printable_lines("\x1b[31ma\x1b[0m\nb"), "a\nb");
}

TEST(PrintableLines, DoNotWriteALineOver) {
    EXPECT_EQ(printable_lines("10%\r20%\r\r\n30%\r"), "10%\n20%\n30%\n");
}

TEST(PrintableJson, SaysTheSameWithoutWhatATerminalMustNotGet) {
    EXPECT_EQ(printable_json("{\"a\": \"日\u202E\u009B\x7f\U000E0041\"}\n"),
              "{\"a\": \"日\\u202e\\u009b\\u007f\\udb40\\udc41\"}\n");
}

TEST(Columns, CountsWhatATerminalShows) {
    EXPECT_EQ(columns("plain"), 5U);
    EXPECT_EQ(columns("naïve"), 5U);
    EXPECT_EQ(columns("日本"), 4U);
    EXPECT_EQ(columns("😀"), 2U);
    EXPECT_EQ(columns("e\xCC\x81"), 1U);
    EXPECT_EQ(columns(kMark), 1U);
    EXPECT_EQ(columns("…×"), 2U);
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

}  // namespace
}  // namespace crib
