#include "harness/base/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <memory>
#include <string>

namespace crib {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

// What /bin/sh makes of a command line: printf with each word between brackets.
std::string words_by_shell(const std::string& quoted) {
    const auto command = "printf '[%s]' " + quoted;
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), &::pclose);
    std::string text;
    std::array<char, 256> buffer{};
    while (const auto count = std::fread(buffer.data(), 1, buffer.size(), pipe.get()))
        text.append(buffer.data(), count);
    return text;
}

TEST(ShellQuote, LeavesPlainWordsAlone) {
    EXPECT_EQ(shell_quote("--pod-network-cidr=10.244.0.0/16"), "--pod-network-cidr=10.244.0.0/16");
    EXPECT_EQ(shell_quote("unix:///run/crio.sock"), "unix:///run/crio.sock");
}

TEST(ShellQuote, QuotesAnEmptyWord) {
    EXPECT_EQ(shell_quote(""), "''");
}

TEST(ShellQuote, GivesTheShellBackTheSameWord) {
    for (const std::string word : {"two words", "it's", "$HOME `id` $(id)", "a\\b", "\"", "a\nb", "*", "~", "#x", "''",
                                   "!x", "a;b&c|d", "tab\there", "é"}) {
        EXPECT_EQ(words_by_shell(shell_quote(word)), "[" + word + "]");
    }
}

TEST(ShellJoin, KeepsTheWordsApart) {
    EXPECT_EQ(words_by_shell(shell_join({"a b", "", "c"})), "[a b][][c]");
}

TEST(Split, KeepsEmptyParts) {
    EXPECT_THAT(split("a,,b", ','), ElementsAre("a", "", "b"));
    EXPECT_THAT(split("", ','), ElementsAre(""));
    EXPECT_THAT(split("a,", ','), ElementsAre("a", ""));
}

TEST(SplitLines, HasNoTrailingEmptyLine) {
    EXPECT_THAT(split_lines("a\n\nb\n"), ElementsAre("a", "", "b"));
    EXPECT_THAT(split_lines("a"), ElementsAre("a"));
    EXPECT_THAT(split_lines(""), IsEmpty());
}

TEST(Join, PutsTheSeparatorBetween) {
    EXPECT_EQ(join({"a", "b", "c"}, ", "), "a, b, c");
    EXPECT_EQ(join({}, ", "), "");
}

TEST(Trim, TakesSpaceOffBothEnds) {
    EXPECT_EQ(trim(" \t a b\r\n"), "a b");
    EXPECT_EQ(trim(" \n "), "");
}

TEST(Utf8, AcceptsEveryLengthOfCharacter) {
    EXPECT_TRUE(is_valid_utf8(""));
    EXPECT_TRUE(is_valid_utf8("plain"));
    EXPECT_TRUE(is_valid_utf8("\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80"));
    EXPECT_TRUE(is_valid_utf8("\xF4\x8F\xBF\xBF"));
}

TEST(Utf8, RefusesBrokenText) {
    for (const auto* text :
         {"\xFF", "\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80",
          "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xC3", "\xE2\x82", "\xF0\x9F\x98", "\xC3(", "a\xE2("}) {
        EXPECT_FALSE(is_valid_utf8(text)) << testing::PrintToString(text);
    }
}

TEST(Nearest, FindsWhatWasMeant) {
    EXPECT_EQ(nearest("verions", {"name", "versions", "nodes"}), "versions");
    EXPECT_EQ(nearest("debian13", {"debian-12", "debian-13"}), "debian-13");
}

TEST(Nearest, OffersNothingFarAway) {
    EXPECT_EQ(nearest("zzzzzz", {"name", "versions"}), std::nullopt);
    EXPECT_EQ(nearest("x", {}), std::nullopt);
}

TEST(Nearest, OffersNothingForWhatIsLongerThanAnyName) {
    const std::string word(1'000'000, 'x');
    EXPECT_EQ(nearest(word, {word}), std::nullopt);
    EXPECT_EQ(nearest("version", {word, "versions"}), "versions");
}

TEST(ShortDuration, IsAsPreciseAsAPersonNeeds) {
    EXPECT_EQ(to_short_string(0ms), "0ms");
    EXPECT_EQ(to_short_string(850ms), "850ms");
    EXPECT_EQ(to_short_string(12'345ms), "12.3s");
    EXPECT_EQ(to_short_string(59'949ms), "59.9s");
    EXPECT_EQ(to_short_string(59'999ms), "1m00s");
    EXPECT_EQ(to_short_string(245s), "4m05s");
    EXPECT_EQ(to_short_string(7500s), "125m00s");
}

TEST(LastLines, GivesTheEnd) {
    EXPECT_EQ(last_lines("a\nb\nc\n", 2), "b\nc");
    EXPECT_EQ(last_lines("a\n", 5), "a");
    EXPECT_EQ(last_lines("", 5), "");
}

TEST(Text, ToolsErrorsAreShownFromTheirCauseOn) {
    const auto said =
        "I: running apt-get update...\nHit:1 trixie\nE: Release file for x is expired\n"
        "done\nE: apt-get update failed\nI: cleaning\nE: mmdebstrap failed to run\n";
    EXPECT_EQ(error_lines(said, 2), "E: Release file for x is expired\nE: apt-get update failed");
    EXPECT_EQ(error_lines("no room\ngave up\n", 1), "gave up") << "other tools say it last";
}

TEST(RandomWord, HasTheLengthAndNoTwoAreAlike) {
    const auto one = random_word(20);
    EXPECT_EQ(one.size(), 20U);
    EXPECT_EQ(one.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789"), std::string::npos);
    EXPECT_NE(one, random_word(20));
}

TEST(Iso8601, IsUtcWithMilliseconds) {
    EXPECT_EQ(to_iso8601(std::chrono::system_clock::time_point{1'800'000'000s + 123ms}), "2027-01-15T08:00:00.123Z");
    EXPECT_EQ(to_iso8601(std::chrono::system_clock::time_point{}), "1970-01-01T00:00:00.000Z");
}

}  // namespace
}  // namespace crib
