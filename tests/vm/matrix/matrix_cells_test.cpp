// Two cells of scenarios/versions.json for real: others for each commit, so that over time all have their turn.

#include "harness/base/text.h"
#include "tests/support/cell_choice/cell_choice.h"
#include "tests/vm/cluster/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace crib::vm {
namespace {

using testing::HasSubstr;

const std::string kScenario = std::string(CRIB_SOURCE_DIR) + "/scenarios/versions.json";

// One line of git's; empty where this is no checkout.
std::string git(const std::string& arguments) {
    FILE* pipe = ::popen(("git -C " + shell_quote(CRIB_SOURCE_DIR) + " " + arguments + " 2>/dev/null").c_str(), "r");
    if (pipe == nullptr) return {};
    std::array<char, 256> line{};
    const bool read = std::fgets(line.data(), line.size(), pipe) != nullptr;
    ::pclose(pipe);
    return read ? std::string(trim(line.data())) : "";
}

TEST(MatrixOfVersions, PassesInTheTwoCellsThatTheCommitChooses) {
    Program program;
    const auto list = program.run({"matrix", kScenario, "--list", "--json"});
    ASSERT_EQ(list.exit_code, 0);
    const auto json = nlohmann::json::parse(list.text);
    std::vector<test::ChoosableCell> cells;
    for (const auto& cell : json.at("cells")) cells.push_back({cell.at("id"), cell.at("values")});
    const auto number = git("rev-list --count --first-parent HEAD");
    const auto [one, other] = test::choose_two(cells, git("rev-parse HEAD"), number.empty() ? 0 : std::stoull(number));

    const auto run = program.run({"matrix", kScenario, "--cell", one, "--cell", other});
    if (run.exit_code != 0) program.keep_files();
    EXPECT_EQ(run.exit_code, 0);
    EXPECT_THAT(run.text, HasSubstr("passed " + one));
    EXPECT_THAT(run.text, HasSubstr("passed " + other));
    EXPECT_THAT(program.run({"gc"}).text, ::testing::StartsWith("nothing was left behind\n"));
}

}  // namespace
}  // namespace crib::vm
