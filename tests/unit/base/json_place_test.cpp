// JSON that others may have written: what is wrong with it is said in crib's words, with the place.

#include "harness/base/json_place.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>

namespace crib {
namespace {

using Json = nlohmann::ordered_json;
using Place = JsonPlace<Json>;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

std::string fault_of(const std::function<void()>& body) {
    try {
        body();
    } catch (const JsonFault& fault) {
        EXPECT_THAT(fault.what(), Not(HasSubstr("json")));
        return fault.what();
    }
    return "no fault";
}

std::string fault_of_text(const std::string& text) {
    return fault_of([&] { (void)parse_json<Json>(text); });
}

std::string fault_of(const std::string& text, const std::function<void(const Place&)>& read) {
    const auto json = parse_json<Json>(text);
    return fault_of([&] { read(Place(json)); });
}

TEST(JsonOfOthers, ThatIsNoneIsNamedByLineAndColumn) {
    EXPECT_EQ(fault_of_text("{\n  \"a\": nope}"), "line 2, column 9: this is not JSON");
    EXPECT_EQ(fault_of_text("{}\n\nx"), "line 3, column 1: this is not JSON");
    EXPECT_EQ(fault_of_text("{\"a\": \"\xff\"}"), "line 1, column 8: this is not JSON");
}

TEST(JsonOfOthers, ThatEndsEarlyIsCutOffAndWhatHasNothingIsEmpty) {
    EXPECT_EQ(fault_of_text("{\n \"a\": ["), "line 2, column 8: the JSON is cut off");
    EXPECT_EQ(fault_of_text(""), "it is empty");
    EXPECT_EQ(fault_of_text(" \n "), "it is empty");
}

TEST(JsonOfOthers, HasNoNumberThatIsTooLarge) {
    EXPECT_EQ(fault_of_text("[1e400]"), "a number in it is out of range");
}

TEST(JsonOfOthers, HasNoMoreValuesThanAreTaken) {
    const auto fault = [](const std::string& text) {
        return fault_of([&] { (void)parse_json<Json>(text, values_at_most<Json>(4)); });
    };
    EXPECT_EQ(fault(R"({"a": [1, null]})"), "no fault") << "keys are none";
    EXPECT_EQ(fault(R"([[], {}, ""])"), "no fault");
    EXPECT_EQ(fault(R"({"a": [1, null, []]})"), "it has more than 4 values");
}

TEST(JsonOfOthers, NamesWhatItLacksByItsPlace) {
    EXPECT_EQ(fault_of("{}", [](const Place& json) { (void)json.at("id"); }), "it lacks \"id\"");
    EXPECT_EQ(fault_of(R"({"cells": [{}, {}]})", [](const Place& json) { (void)json.at("cells").item(1).text("id"); }),
              "/cells/1: lacks \"id\"");
    EXPECT_EQ(fault_of("[1]", [](const Place& json) { (void)json.item(1); }), "it has too few values: 1");
}

TEST(JsonOfOthers, NamesWhatIsOfAnotherType) {
    EXPECT_EQ(fault_of(R"({"id": 5})", [](const Place& json) { (void)json.text("id"); }),
              "/id: must be a string, not a number");
    EXPECT_EQ(fault_of(R"({"kept": "yes"})", [](const Place& json) { (void)json.at("kept").get<bool>(); }),
              "/kept: must be true or false, not a string");
    EXPECT_EQ(fault_of("[]", [](const Place& json) { (void)json.at("a"); }), "it must be an object, not an array");
    EXPECT_EQ(fault_of("null", [](const Place& json) { (void)json.values(); }), "it must be an array, not null");
    EXPECT_EQ(fault_of("3", [](const Place& json) { (void)json.value("a", std::string()); }),
              "it must be an object, not a number");
    EXPECT_EQ(fault_of(R"({"a": ["x", true]})",
                       [](const Place& json) { (void)json.at("a").get<std::vector<std::string>>(); }),
              "/a/1: must be a string, not true");
}

// The library would cut such a number, or turn its sign.
TEST(JsonOfOthers, HasNoNumberThatDoesNotFitItsPlace) {
    const auto port = [](const Place& json) { (void)json.at("port").get<std::uint16_t>(); };
    EXPECT_EQ(fault_of(R"({"port": 65536})", port), "/port: must be from 0 to 65535, not 65536");
    EXPECT_EQ(fault_of(R"({"port": -1})", port), "/port: must be from 0 to 65535, not -1");
    EXPECT_EQ(fault_of(R"({"port": 1.5})", port), "/port: must be a whole number");
}

TEST(JsonOfOthers, GivesWhatIsThere) {
    const auto json = parse_json<Json>(R"({"a": "x", "n": 7, "f": 0.5, "yes": true, "m": {"k": "v"}, "l": [1, 2]})");
    const Place place(json);
    const std::string a = place.at("a");
    const std::uint16_t n = place.at("n");
    EXPECT_EQ(a, "x");
    EXPECT_EQ(n, 7);
    EXPECT_EQ(place.at("f").get<double>(), 0.5);
    EXPECT_TRUE(place.value("yes", false));
    EXPECT_EQ(place.value("none", std::string("else")), "else");
    EXPECT_THAT((place.at("m").get<std::map<std::string, std::string>>()), ElementsAre(Pair("k", "v")));
    EXPECT_THAT(place.at("l").get<std::vector<int>>(), ElementsAre(1, 2));
    EXPECT_EQ(place.members().size(), 6U);
}

}  // namespace
}  // namespace crib
