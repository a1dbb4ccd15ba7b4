#include "harness/base/plain_name.h"

#include <gmock/gmock.h>

namespace crib {
namespace {

using ::testing::HasSubstr;

TEST(PlainName, MayStandInAPathAUrlAndAScript) {
    for (const auto* good : {"a", "debian-13", "ubuntu-18.04", "A_b", "7zip", "_x"}) EXPECT_TRUE(is_plain_name(good));
    for (const auto* bad : {"", ".hidden", "..", "-x", "a b", "a/b", "a;b", "a\nb", "\xc3\xbcni", "a\x1b[2K"}) {
        EXPECT_FALSE(is_plain_name(bad)) << bad;
    }
    EXPECT_TRUE(is_plain_name(std::string(100, 'a')));
    EXPECT_FALSE(is_plain_name(std::string(101, 'a')));
    EXPECT_FALSE(is_plain_name("abc", 2));
}

TEST(VariableName, IsOneThatAShellTakes) {
    for (const auto* good : {"A", "_", "CRI_SOCKET", "a1"}) EXPECT_TRUE(is_variable_name(good));
    for (const auto* bad : {"", "1A", "A-B", "A;touch pwned;B", "A B", "A\n", "\xc3\x9c"}) {
        EXPECT_FALSE(is_variable_name(bad)) << bad;
    }
}

TEST(TextForPeople, IsOneLineThatATerminalShows) {
    EXPECT_EQ(objection_to_line("Debian GNU/Linux 13 (trixie), f\xc3\xbcr alle"), "");
    EXPECT_EQ(objection_to_line(""), "is empty");
    EXPECT_EQ(objection_to_line("  "), "is empty");
    EXPECT_EQ(objection_to_line("y; touch /tmp/z\n"), "has more than one line");
    EXPECT_THAT(objection_to_line("x\x1b[2K"), HasSubstr("a terminal must not get"));
    EXPECT_THAT(objection_to_line("a\xff"), HasSubstr("a terminal must not get"));
    EXPECT_THAT(objection_to_line(std::string(1001, 'a')), HasSubstr("longer than 1000"));
}

}  // namespace
}  // namespace crib
