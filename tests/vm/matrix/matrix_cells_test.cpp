// Two cells of scenarios/versions.json for real: others for each commit, so that over time all have their turn.

#include "tests/support/cell_choice/cell_choice.h"
#include "tests/vm/cluster/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace crib::vm {
namespace {

using testing::HasSubstr;

const std::string kScenario = std::string(CRIB_SOURCE_DIR) + "/scenarios/versions.json";

// Empty where this is no checkout.
std::string git(std::vector<std::string> args) {
    args.insert(args.begin(), {"-C", CRIB_SOURCE_DIR});
    return output_of("git", args);
}

TEST(MatrixOfVersions, PassesInTheTwoCellsThatTheCommitChooses) {
    Program program;
    const auto list = program.run({"matrix", kScenario, "--list", "--json"});
    ASSERT_EQ(list.exit_code, 0);
    const auto json = nlohmann::json::parse(list.text);
    std::vector<test::ChoosableCell> cells;
    for (const auto& cell : json.at("cells")) cells.push_back({cell.at("id"), cell.at("values")});
    const auto number = git({"rev-list", "--count", "--first-parent", "HEAD"});
    const auto [one, other] =
        test::choose_two(cells, git({"rev-parse", "HEAD"}), number.empty() ? 0 : std::stoull(number));

    const auto run = program.run({"matrix", kScenario, "--cell", one, "--cell", other});
    if (run.exit_code != 0) program.keep_files();
    EXPECT_EQ(run.exit_code, 0);
    EXPECT_THAT(run.text, HasSubstr("passed " + one));
    EXPECT_THAT(run.text, HasSubstr("passed " + other));
    EXPECT_THAT(program.run({"gc"}).text, ::testing::StartsWith("nothing was left behind\n"));
}

}  // namespace
}  // namespace crib::vm
