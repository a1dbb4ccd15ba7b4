// Scenarios of every broken shape: nothing crashes, and whatever is told has its place.

#include "tests/support/chance/chance.h"
#include "harness/base/error.h"
#include "harness/scenario/format.h"
#include "harness/scenario/matrix.h"
#include "harness/scenario/matrix_load.h"
#include "harness/scenario/schema.h"
#include "tests/unit/scenario/scenario_of_chance.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace crib::scenario {
namespace {

using test::Chance;
using test::tokens_of;

TEST(ScenarioOfChance, IsReadOrRefusedWithAPlaceAndNeverCrashes) {
    const auto tokens = tokens_of(kAll);
    const auto offered = known();
    ASSERT_EQ(to_string(load_text(kAll, "s.json", {}, offered).diagnostics), "");
    unsigned good = 0;
    for (unsigned seed = 0; seed < 10'000; ++seed) {
        const auto text = Chance(seed).text(tokens);
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
        const auto text = Chance(seed).text(tokens);
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
        const auto json = nlohmann::json::parse(Chance(seed).text(tokens), nullptr, false, true);
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
