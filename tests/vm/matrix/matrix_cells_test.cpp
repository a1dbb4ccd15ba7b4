// Two cells of scenarios/versions.json for real. One is another for each commit, so that over time all have their turn.

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

// What scenarios/two-node.json is too: it goes on from the checkpoint that the tests of whole clusters have left, and
// so costs two minutes beside the quarter of an hour of the other.
const std::string kKnown = "debian-13,crun,1.36.3";

TEST(MatrixOfVersions, PassesInTheCellThatTheCommitChoosesAndInAKnownOne) {
    Program program;
    const auto list = program.run({"matrix", kScenario, "--list", "--json"});
    ASSERT_EQ(list.exit_code, 0);
    const auto json = nlohmann::json::parse(list.text);
    std::vector<std::string> cells;
    for (const auto& cell : json.at("cells")) cells.push_back(cell.at("id"));
    ASSERT_EQ(std::erase(cells, kKnown), 1U);
    const auto number = git({"rev-list", "--count", "--first-parent", "HEAD"});
    const auto chosen = test::choose_one(cells, git({"rev-parse", "HEAD"}), number.empty() ? 0 : std::stoull(number));

    const auto run = program.run({"matrix", kScenario, "--cell", chosen, "--cell", kKnown});
    if (run.exit_code != 0) program.keep_files();
    EXPECT_EQ(run.exit_code, 0);
    EXPECT_THAT(run.text, HasSubstr("passed " + chosen));
    EXPECT_THAT(run.text, HasSubstr("passed " + kKnown));
    EXPECT_THAT(program.run({"gc"}).text, ::testing::StartsWith("nothing was left behind\n"));
}

}  // namespace
}  // namespace crib::vm
