// The stages by which cells of a matrix share checkpoints.

#include "harness/base/file.h"
#include "harness/cli/cells_of_plan.h"
#include "harness/cli/matrix_inputs.h"
#include "tests/support/manual_clock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace crib::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class StagesOfAMatrix : public ::testing::Test {
protected:
    TempFolder folder{std::filesystem::temp_directory_path(), "crib-test"};
    Folders folders{folder.path() / "cache", folder.path() / "state", CRIB_SOURCE_DIR};
    Knowledge knowledge = read_knowledge(folders);
    engine::MatrixHistory history{folder.path() / "history.jsonl"};
    test::ManualClock clock;
    Context context = Context::with_clock(clock);
    MatrixCommand command;

    std::vector<CellsOfPlan::Described> cells_of(const std::string& file) {
        command.file = std::string(CRIB_SOURCE_DIR) + file;
        const auto plan = plan_matrix(command, matrix_inputs(folders, knowledge, command.file, command.sets, history));
        std::vector<std::size_t> all(plan.cells.size());
        std::iota(all.begin(), all.end(), std::size_t{0});
        return CellsOfPlan(folders, command, knowledge, plan).describe(all, context);
    }

    static std::vector<engine::PlannedStage> stages_of(const CellsOfPlan::Described& cell) {
        return cell.inputs.set_up.stages.at(hypervisor::Acceleration::tcg);
    }

    static std::vector<std::string> shared(const CellsOfPlan::Described& one, const CellsOfPlan::Described& other) {
        std::vector<std::string> stages;
        const auto others = stages_of(other);
        for (const auto& stage : stages_of(one)) {
            if (stage.worth_saving && std::ranges::count(others, stage) > 0) stages.push_back(stage.stage);
        }
        return stages;
    }
};

TEST_F(StagesOfAMatrix, AreSharedByCellsThatDifferOnlyInWhatComesLate) {
    const auto cells = cells_of("/tests/data/scenarios/forked.json");
    ASSERT_EQ(cells.size(), 2U);
    EXPECT_THAT(shared(cells[0], cells[1]), ElementsAre("control-plane-ready", "network-ready"));
}

TEST_F(StagesOfAMatrix, AreNotSharedByCellsOfOtherVersions) {
    const auto cells = cells_of("/scenarios/versions.json");
    for (std::size_t i = 1; i < cells.size(); ++i) {
        EXPECT_THAT(shared(cells[0], cells[i]), IsEmpty()) << cells[i].cell.id;
    }
}

TEST_F(StagesOfAMatrix, AreNoneOfACellThatCannotBePlanned) {
    auto scenario = cells_of("/tests/data/scenarios/forked.json").front().cell.scenario;
    scenario.mutations.front().step = "no-such-step";
    CellInputs inputs(folders, knowledge);
    EXPECT_THAT(inputs.set_up(scenario, context).stages, IsEmpty()) << "its own run says what is wrong with it";
}

}  // namespace
}  // namespace crib::cli
