#include "harness/cli/matrix_stages.h"

#include "harness/base/file.h"
#include "harness/cli/matrix_inputs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
    MatrixCommand command;

    std::vector<engine::MatrixCell> cells_of(const std::string& file) {
        command.file = std::string(CRIB_SOURCE_DIR) + file;
        const auto plan = plan_matrix(command, matrix_inputs(folders, knowledge, command.file, command.sets, history));
        loaded = scenario::load_cells_or_throw(command.file, command.sets, plan.cells, plan.matrix, knowledge.known);
        std::vector<engine::MatrixCell> cells(loaded.size());
        add_stages(folders, knowledge, loaded, hypervisor::Acceleration::tcg, cells);
        return cells;
    }

    static std::vector<std::string> shared(const engine::MatrixCell& one, const engine::MatrixCell& other) {
        std::vector<std::string> stages;
        for (const auto& stage : one.stages) {
            const bool same = std::ranges::count(other.stages, stage) > 0;
            if (same && stage.worth_saving) stages.push_back(stage.stage);
        }
        return stages;
    }

    std::vector<scenario::LoadedCell> loaded;
};

TEST_F(StagesOfAMatrix, AreSharedByCellsThatDifferOnlyInWhatComesLate) {
    const auto cells = cells_of("/tests/data/scenarios/forked.json");
    ASSERT_EQ(cells.size(), 2U);
    EXPECT_THAT(shared(cells[0], cells[1]), ElementsAre("control-plane-ready", "network-ready"));
}

TEST_F(StagesOfAMatrix, AreNotSharedByCellsOfOtherVersions) {
    const auto cells = cells_of("/scenarios/versions.json");
    for (std::size_t i = 1; i < cells.size(); ++i) {
        EXPECT_THAT(shared(cells[0], cells[i]), IsEmpty()) << loaded[i].id;
    }
}

TEST_F(StagesOfAMatrix, AreNoneOfACellThatCannotBePlanned) {
    (void)cells_of("/tests/data/scenarios/forked.json");
    loaded[0].scenario.mutations.front().step = "no-such-step";
    std::vector<engine::MatrixCell> cells(loaded.size());
    add_stages(folders, knowledge, loaded, hypervisor::Acceleration::tcg, cells);
    EXPECT_THAT(cells[0].stages, IsEmpty());
    EXPECT_FALSE(cells[1].stages.empty()) << "its own run says what is wrong with the other";
}

}  // namespace
}  // namespace crib::cli
