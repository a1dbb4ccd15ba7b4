#include "harness/base/shown_word.h"

#include <gtest/gtest.h>

namespace crib {
namespace {

TEST(ShownWord, IsQuotedWhereAShellWouldTakeItApart) {
    EXPECT_EQ(shown_word("plain"), "plain");
    EXPECT_EQ(shown_word("b sp"), "'b sp'");
    EXPECT_EQ(shown_word("zw\xc3\xb6lf"), "'zw\xc3\xb6lf'");
}

TEST(ShownWord, HasInLettersWhatATerminalDoesNotShow) {
    EXPECT_EQ(shown_word("a\nb"), R"($'a\nb')");
    EXPECT_EQ(shown_word("a\tb'\\"), R"($'a\tb\'\\')");
    EXPECT_EQ(shown_word("\x1b[2J\xff\xc3\xb6"), R"($'\x1b[2J\xff\xc3\xb6')");
}

TEST(ShownPath, IsItselfWhereItCanBeSeen) {
    EXPECT_EQ(shown_path("/my runs/a"), "/my runs/a");
    EXPECT_EQ(shown_path("/a\nb"), R"($'/a\nb')");
}

}  // namespace
}  // namespace crib
