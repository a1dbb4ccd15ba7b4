// crib fmt: the canonical form.

#include "harness/scenario/format.h"

#include "harness/base/file.h"
#include "harness/scenario/source_file.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include <random>

namespace crib::scenario {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

std::string formatted(const std::string& text) {
    return format_text(text, "s.json").text.value_or("broken");
}

TEST(Format, PutsOnALineWhatFits) {
    EXPECT_EQ(formatted(R"({"name":"a","versions":{"kubernetes":"1.36.3",
       "cri-o":"1.36.3"},"checks":[],"nodes":[{"name":"master"}]})"),
              R"({
  "name": "a",
  "versions": {"kubernetes": "1.36.3", "cri-o": "1.36.3"},
  "checks": [],
  "nodes": [{"name": "master"}]
}
)");
}

TEST(Format, PutsSeveralObjectsOnALineEach) {
    EXPECT_EQ(formatted(R"({"checks": [{"nodes-ready": {}}, {"dns": {"pod": "nginx"}}]})"),
              "{\n  \"checks\": [\n    {\"nodes-ready\": {}},\n    {\"dns\": {\"pod\": \"nginx\"}}\n  ]\n}\n");
}

TEST(Format, BreaksWhatIsTooLong) {
    const std::string word(50, 'x');
    EXPECT_EQ(formatted("{\"a\": [\"" + word + "\", \"" + word + "\", \"" + word + "\"]}"),
              "{\n  \"a\": [\n    \"" + word + "\",\n    \"" + word + "\",\n    \"" + word + "\"\n  ]\n}\n");
    // 120 columns with its comma fit, 121 do not.
    const std::string fits(108, 'y');
    EXPECT_THAT(formatted("{\"a\": [\"" + fits + "\"], \"b\": 1}"), HasSubstr("  \"a\": [\"" + fits + "\"],\n"));
    EXPECT_THAT(formatted("{\"a\": [\"y" + fits + "\"], \"b\": 1}"), HasSubstr("  \"a\": [\n"));
}

TEST(Format, KeepsCommentsWhereTheyBelong) {
    const std::string text = R"(// what it is

// and why
{
  // the name
  "name": "a",  // short

  "list": [
    1,  // one
    // two comes last
    2
    // nothing follows
  ],  // end of the list
  "object": {
    // nothing yet
  }

  // the end
}  // really
// bye
)";
    EXPECT_EQ(formatted(text), text);
}

TEST(Format, MovesACommentOutOfTheMiddleOfAMember) {
    EXPECT_EQ(formatted("{\"a\" // key\n : // value\n 1 // one\n , // two\n \"b\": 2}"),
              "{\n  // key\n  // value\n  \"a\": 1,  // one\n  // two\n  \"b\": 2\n}\n");
}

TEST(Format, KeepsAtMostOneBlankLine) {
    EXPECT_EQ(formatted("\n\n{\n\n\"a\": 1,\n\n\n\n\"b\": 2\n\n}\n\n"), "{\n  \"a\": 1,\n\n  \"b\": 2\n}\n");
}

TEST(Format, WritesTextsAsTheyAreRead) {
    EXPECT_EQ(formatted("\xef\xbb\xbf{\"a\": \"\\u00e4 \\/ \\t\", \"b\": 1.50}\r\n"),
              "{\n  \"a\": \"ä / \\t\",\n  \"b\": 1.50\n}\n");
    EXPECT_EQ(formatted("{}"), "{}\n");
}

TEST(Format, LeavesABrokenFileWithItsError) {
    const auto result = format_text("{\"a\": 1,}", "s.json");
    EXPECT_FALSE(result.text);
    EXPECT_THAT(to_string(result.diagnostics), HasSubstr("s.json:1:9: not valid JSON"));
    EXPECT_FALSE(format_text("{\"a\": 1, \"a\": 2}", "s.json").text) << "a key that is given twice";
}

TEST(Format, RefusesWhatWouldBeTooLargeToBeReadAgain) {
    std::string text = R"({"name":"a","about":[)";
    for (int i = 0; i < 150'000; ++i) text += i == 0 ? "\"ab\"" : ",\"ab\"";
    ASSERT_LT(text.size() + 2, 1U << 20U);
    const auto result = format_text(text + "]}", "s.json");
    EXPECT_FALSE(result.text);
    EXPECT_THAT(to_string(result.diagnostics), HasSubstr("a scenario file may have 1 MiB"));
}

TEST(ScenarioFormat, NamesTheKeysOfAnotherKindOfFileInTheirOrder) {
    const auto found = why_no_scenario("{\"name\": \"x\",\n\"zzzzzz\": 1,\n \"node\": 2}", "s.json");
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(to_string(found[0]),
              "s.json:2:1: $.zzzzzz: no scenario has the key \"zzzzzz\"\n    is this the right file?");
    EXPECT_EQ(to_string(found[1]), "s.json:3:2: $.node: no scenario has the key \"node\"\n    did you mean \"nodes\"?");
}

// What others extend says little.
TEST(ScenarioFormat, TakesForAScenarioWhatIsNoOtherFile) {
    for (const auto* text : {R"({"about": "of all"})", R"({"name": "x", "about": "of all"})",
                             R"({"$schema": "../scenarios/scenario.schema.json"})", "{}"}) {
        EXPECT_TRUE(why_no_scenario(text, "s.json").empty()) << text;
    }
    for (const auto* text : {R"({"name": "x"})", R"({"$schema": "https://json.schemastore.org/package.json"})"}) {
        EXPECT_EQ(why_no_scenario(text, "s.json").size(), 1U) << text;
        EXPECT_TRUE(why_no_scenario(text, "s.json", true).empty()) << "a scenario extends it";
    }
    EXPECT_EQ(why_no_scenario(R"({"scripts": {}})", "s.json", true).size(), 1U);
}

// Texts of every shape: layout, comments and values are chance.
class Chance {
public:
    explicit Chance(unsigned seed) : random_(seed) {}

    std::string text() { return space() + object(0) + space(); }

private:
    unsigned pick(unsigned count) { return static_cast<unsigned>(random_() % count); }

    std::string space() {
        static const std::vector<std::string> spaces = {
            "", "", " ", "\n", "\n\n", "\t\r\n \n\n", "// c1\n", " // ä {[\"\n", "\n//\n\n"};
        std::string text;
        for (unsigned i = pick(3); i > 0; --i) text += spaces[pick(static_cast<unsigned>(spaces.size()))];
        return text;
    }

    std::string scalar() {
        static const std::vector<std::string> scalars = {"1",         "-1.5e3",          "true",    "null", "\"a\"",
                                                         "\"// no\"", "\"\\\"\\u00e4\"", "\"${x}\""};
        if (pick(8) == 0) return "\"" + std::string(pick(130), 'w') + "\"";
        return scalars[pick(static_cast<unsigned>(scalars.size()))];
    }

    std::string value(unsigned depth) {
        const auto kind = depth > 4 ? 0 : pick(4);
        if (kind == 1) return object(depth + 1);
        if (kind == 2) return list(depth + 1);
        return scalar();
    }

    std::string object(unsigned depth) {
        std::string text = "{" + space();
        for (unsigned i = 0, count = pick(5); i < count; ++i) {
            if (i > 0) text += "," + space();
            text += "\"k" + std::to_string(i) + "\"" + space() + ":" + space() + value(depth) + space();
        }
        return text + "}";
    }

    std::string list(unsigned depth) {
        std::string text = "[" + space();
        for (unsigned i = 0, count = pick(5); i < count; ++i) {
            if (i > 0) text += "," + space();
            text += value(depth) + space();
        }
        return text + "]";
    }

    std::mt19937 random_;
};

nlohmann::ordered_json values_of(const std::string& text) {
    return nlohmann::ordered_json::parse(without_comments(text));
}

std::size_t comment_bytes(const std::string& text) {
    const auto bare = without_comments(text);
    std::size_t count = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != bare[i]) ++count;
    }
    return count;
}

TEST(Format, OfAFormattedTextChangesNothingAndLosesNothing) {
    for (unsigned seed = 0; seed < 2000; ++seed) {
        const auto text = Chance(seed).text();
        const auto once = format_text(text, "s.json");
        ASSERT_TRUE(once.text) << seed << "\n" << text;
        ASSERT_EQ(formatted(*once.text), *once.text) << seed << "\n" << text;
        ASSERT_EQ(values_of(*once.text), values_of(text)) << seed;
        ASSERT_EQ(comment_bytes(*once.text), comment_bytes(text)) << seed << "\n" << text;
    }
}

TEST(Format, IsThatOfTheProjectsOwnScenarios) {
    const fs::path source = CRIB_SOURCE_DIR;
    for (const auto& folder :
         {source / "scenarios", source / "tests" / "benchmark", source / "tests" / "data" / "scenarios"}) {
        for (const auto& entry : fs::directory_iterator(folder)) {
            if (entry.path().extension() != ".json") continue;
            const auto text = read_file(entry.path());
            EXPECT_EQ(formatted(text), text) << entry.path() << ": crib fmt " << entry.path();
        }
    }
}

// Raw, nobody would see them, and a terminal or an editor would take some of them for a new line or turn the rest
// round.
TEST(ScenarioFormat, LeavesEscapedWhatNobodyWouldSee) {
    const std::string hidden =
        "{\n"
        R"(  "about": "a\u2028b\u2029c\u202ed\u200be\u007ff\u0085\ufeff")"
        "\n}\n";
    EXPECT_EQ(format_text(hidden, "s.json").text.value_or(""), hidden);
    EXPECT_EQ(format_text("{\"about\": \"a\xe2\x80\xa8z\"}", "s.json").text.value_or(""),
              "{\n  \"about\": \"a\\u2028z\"\n}\n");
    EXPECT_EQ(format_text(R"({"n\u00e4me": "\u0041"})", "s.json").text.value_or(""), "{\n  \"n\u00e4me\": \"A\"\n}\n");
}

}  // namespace
}  // namespace crib::scenario
