// Scenarios of every broken shape: nothing crashes, and whatever is told has its place.

#include "harness/base/error.h"
#include "harness/scenario/format.h"
#include "harness/scenario/matrix.h"
#include "harness/scenario/matrix_load.h"
#include "harness/scenario/schema.h"
#include "tests/unit/scenario/scenario_text.h"

#include <gtest/gtest.h>

#include <cctype>
#include <nlohmann/json.hpp>
#include <random>

namespace crib::scenario {
namespace {

// One of each key, so that every reader has something to be given wrongly.
const std::string kAll = R"({"name":"a","os":"debian-13","about":"${name}","internet":false,
"parameters":{"p":{"default":"1","values":["1",2]}},
"versions":{"kubernetes":"1.36.3","cri-o":"${versions.kubernetes}","flannel":"0.28.10"},
"components":{"flannel":"modules"},
"nodes":[{"name":"m","role":"control-plane","memory":"2300MiB","taints":[]},
{"name":"w","role":"worker","count":2,"vcpus":2,"disk":"16GiB","labels":{"a/b":"c"},"taints":["a=b:NoExecute"],"versions":{"kubernetes":"1.36.2"}}],
"mutations":[{"skip":"swap-off","nodes":["w"]},{"insert-after":"swap-off","id":"x","run":["a"]},{"set":{"RUNTIME":"${parameters.p}"}}],
"checks":[{"nodes-ready":{"timeout":"${versions.cri-o}"}}],
"expect":{"fails-at":"x","node":"w1","message":"m"},
"matrix":{"axes":{"os":["debian-12"]}} // end
})";

std::vector<std::string> tokens_of(const std::string& text) {
    std::vector<std::string> tokens;
    for (std::size_t at = 0; at < text.size();) {
        auto end = at + 1;
        if (text[at] == '"') {
            end = text.find('"', at + 1) + 1;
        } else if (std::isalnum(static_cast<unsigned char>(text[at])) != 0) {
            while (std::isalnum(static_cast<unsigned char>(text[end])) != 0) ++end;
        }
        tokens.push_back(text.substr(at, end - at));
        at = end;
    }
    return tokens;
}

class Chance {
public:
    explicit Chance(unsigned seed) : random_(seed) {}

    std::string scenario(std::vector<std::string> tokens) {
        for (auto changes = 1 + pick(4); changes > 0; --changes) change(tokens);
        std::string text;
        for (const auto& token : tokens) text += token;
        if (pick(4) == 0 && !text.empty()) spoil(text);
        return text;
    }

private:
    std::size_t pick(std::size_t count) { return random_() % count; }

    void change(std::vector<std::string>& tokens) {
        static const std::vector<std::string> others = {
            "null",     "true",      "-1",          "1e400",       "18446744073709551616",
            "\"\"",     "\"${\"",    "\"${name}\"", "\"${zzz}\"",  "[]",
            "{}",       "[[1]]",     "{\"a\":{}}",  "\"\\u0000\"", "\"ä\"",
            "\"name\"", "\"nodes\"", "\"run\"",     "\"extends\"", "\"${parameters.p}\""};
        auto& token = tokens[pick(tokens.size())];
        switch (pick(4)) {
            case 0:
                token = others[pick(others.size())];
                break;
            case 1:
                token = tokens[pick(tokens.size())];
                break;
            case 2:
                token.clear();
                break;
            default:
                token += "," + token;
        }
    }

    void spoil(std::string& text) {
        const auto at = pick(text.size());
        switch (pick(3)) {
            case 0:
                text.resize(at);
                break;
            case 1:
                text[at] = static_cast<char>(pick(256));
                break;
            default:
                text.insert(at, 1, static_cast<char>(pick(256)));
        }
    }

    std::mt19937 random_;
};

TEST(ScenarioOfChance, IsReadOrRefusedWithAPlaceAndNeverCrashes) {
    const auto tokens = tokens_of(kAll);
    const auto offered = known();
    ASSERT_EQ(to_string(load_text(kAll, "s.json", {}, offered).diagnostics), "");
    unsigned good = 0;
    for (unsigned seed = 0; seed < 10'000; ++seed) {
        const auto text = Chance(seed).scenario(tokens);
        const auto result = load_text(text, "s.json", {}, offered);
        EXPECT_NE(result.scenario.has_value(), !result.diagnostics.empty()) << text;
        if (result.scenario) ++good;
        for (const auto& diagnostic : result.diagnostics) {
            ASSERT_GT(diagnostic.line, 0U) << to_string(diagnostic) << "\n" << text;
            ASSERT_FALSE(diagnostic.message.empty()) << text;
        }
    }
    EXPECT_GT(good, 100U) << "the generator breaks too much to reach the later rules";
}

TEST(ScenarioOfChance, IsFormattedOrRefusedAndItsMatrixIsReadOrRefused) {
    const auto tokens = tokens_of(kAll);
    unsigned matrices = 0;
    for (unsigned seed = 0; seed < 10'000; ++seed) {
        const auto text = Chance(seed).scenario(tokens);
        const auto formatted = format_text(text, "s.json");
        EXPECT_NE(formatted.text.has_value(), !formatted.diagnostics.empty()) << text;
        if (formatted.text) {
            ASSERT_EQ(format_text(*formatted.text, "s.json").text, formatted.text) << text;
        }
        try {
            const auto matrix = matrix_of_text(text, "s.json", {});
            if (!expand(matrix).cells.columns().empty()) ++matrices;
        } catch (const Error& error) {
            ASSERT_EQ(error.kind(), ErrorKind::usage) << error.what() << "\n" << text;
        }
    }
    EXPECT_GT(matrices, 100U);
}

// The schema sees whatever is JSON, sound or not. In parts: ten thousand take seconds.
class SchemaOfChance : public ::testing::TestWithParam<unsigned> {};

TEST_P(SchemaOfChance, SaysWhatDoesNotFitAndWhere) {
    const Schema schema(CRIB_SOURCE_DIR "/scenarios/scenario.schema.json");
    const auto tokens = tokens_of(kAll);
    ASSERT_TRUE(schema.findings(nlohmann::json::parse(kAll, nullptr, true, true).dump()).empty());
    unsigned looked_at = 0;
    unsigned wrong = 0;
    for (unsigned seed = GetParam(); looked_at < 1'000; ++seed) {
        const auto json = nlohmann::json::parse(Chance(seed).scenario(tokens), nullptr, false, true);
        if (json.is_discarded()) continue;
        ++looked_at;
        const auto text = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
        for (const auto& finding : schema.findings(text)) {
            ASSERT_TRUE(finding.path.starts_with("$")) << finding.path << "\n" << text;
            ASSERT_FALSE(finding.message.empty()) << text;
            ++wrong;
        }
    }
    EXPECT_GT(wrong, 100U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, SchemaOfChance, ::testing::Range(0U, 100'000U, 10'000U));

}  // namespace
}  // namespace crib::scenario
