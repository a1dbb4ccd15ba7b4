// What is said back to people is short enough to be read.

#include "harness/base/short_words.h"

#include "harness/base/text.h"

#include <gtest/gtest.h>

namespace crib {
namespace {

TEST(ShortWords, AreThemselves) {
    for (const std::string text : {"", "a", " a  b\n\tc \n", "naïve"}) EXPECT_EQ(with_short_words(text), text);
    const std::string path(300, '/');
    EXPECT_EQ(with_short_words(path + " " + path), path + " " + path);
}

TEST(Names, AreAllListedWhenTheyAreFewElseTheFirstOnes) {
    EXPECT_EQ(some_of({}), "");
    EXPECT_EQ(some_of({"a", "b"}), "a, b");
    const auto text = some_of(std::vector<std::string>(2000, "run"));
    EXPECT_TRUE(text.starts_with("run, run, "));
    EXPECT_TRUE(text.ends_with("run and 1980 more"));
    EXPECT_LT(text.size(), 200U);
}

TEST(LongWords, HaveTheirBeginAndTheirEnd) {
    const auto text = with_short_words("unknown key \"" + std::string(100'000, 'k') + "\"\nnext line");
    EXPECT_EQ(text, "unknown key \"" + std::string(149, 'k') + "…" + std::string(49, 'k') + "\"\nnext line");
}

TEST(LongWords, AreCutBetweenCharacters) {
    std::string word;
    for (int i = 0; i < 1000; ++i) word += "€";
    for (const std::string before : {"", "a", "ab"}) {
        const auto text = with_short_words(before + word);
        EXPECT_TRUE(is_valid_utf8(text)) << before;
        EXPECT_LT(text.size(), 220U);
    }
}

}  // namespace
}  // namespace crib
