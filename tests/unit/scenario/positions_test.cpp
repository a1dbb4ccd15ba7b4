#include "harness/scenario/positions.h"

#include "harness/scenario/line_index.h"

#include <gtest/gtest.h>

namespace crib::scenario {
namespace {

TEST(Positions, AreThoseOfValuesAndKeys) {
    const std::string text = R"({"a": [1, {"b.c": "x\"}"}], "d" : null})";
    const auto positions = find_positions(text);
    EXPECT_EQ(positions.values.at("$"), 0U);
    EXPECT_EQ(positions.keys.at("$.a"), 1U);
    EXPECT_EQ(positions.values.at("$.a[0]"), 7U);
    EXPECT_EQ(positions.keys.at(R"($.a[1]["b.c"])"), text.find("\"b.c\""));
    EXPECT_EQ(positions.values.at(R"($.a[1]["b.c"])"), text.find("\"x"));
    EXPECT_EQ(positions.values.at("$.d"), text.find("null"));
    EXPECT_TRUE(positions.duplicates.empty());
}

TEST(Positions, CountColumnsInCharacters) {
    const std::string text = "{\n  \"größe\": 1}";
    const auto place = LineIndex(text).place_of(text, text.find('1'));
    EXPECT_EQ(place.line, 2U);
    EXPECT_EQ(place.column, 12U);
}

TEST(Positions, AreFoundBehindAByteOrderMark) {
    EXPECT_EQ(find_positions("\xef\xbb\xbf {\"a\": 1}").keys.at("$.a"), 5U);
}

TEST(Utf8, TheFirstBadByteIsFound) {
    EXPECT_EQ(first_bad_utf8("grö\xffß"), 4U);
    EXPECT_FALSE(first_bad_utf8("größe €"));
}

}  // namespace
}  // namespace crib::scenario
