#include "harness/cli/matrix_plan.h"

#include "harness/base/error.h"
#include "harness/base/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace crib::cli {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

class PlanningAMatrix : public ::testing::Test {
protected:
    TempFolder folder{std::filesystem::temp_directory_path(), "crib-test"};
    engine::MatrixHistory history{folder.path() / "history.jsonl"};
    MatrixCommand command;
    scenario::Matrix matrix;
    scenario::ExpandHooks hooks;
    std::optional<events::MatrixRecord> resumes;
    const std::vector<events::CellChoice> pairwise_and_first_half{events::PairwiseChoice{1}, events::ShardChoice{1, 2}};

    void SetUp() override {
        command.file = "v.json";
        matrix.axes = {{"os", {"a", "b"}}, {"versions.kubernetes", {"1", "2", "3"}}, {"runtime", {"crun", "runc"}}};
    }

    MatrixPlan plan() { return plan_matrix(command, {"v", matrix, hooks, history, "host", resumes}); }

    static std::vector<std::string> ids(const MatrixPlan& plan) {
        std::vector<std::string> ids;
        for (const auto& cell : plan.record.cells) ids.push_back(cell.id);
        return ids;
    }

    std::string error() {
        try {
            (void)plan();
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage);
            return std::string(error.what()) + " / " + error.hint();
        }
        return "no error";
    }
};

TEST_F(PlanningAMatrix, HasFlagsThatMakeACellFromAnyFolder) {
    matrix.axes = {{"components.cri-o", {"local:../cri-o"}}, {"os", {"a"}}};
    matrix.folders = {{"components.cri-o=local:../cri-o", "/src/scenarios"}};
    const auto made = plan();
    EXPECT_THAT(made.record.cells.at(0).sets, ElementsAre("components.cri-o=local:/src/cri-o", "os=a"));
    EXPECT_EQ(made.record.cells.at(0).values.at("components.cri-o"), "local:../cri-o");
}

TEST_F(PlanningAMatrix, HasEveryCellWithTheFlagsThatMakeIt) {
    command.sets = {"versions.cri-o=1"};
    history.add({"v", "a,crun,1", "host", 5min, events::Outcome::passed, {}});
    const auto made = plan();
    ASSERT_EQ(made.record.cells.size(), 12U);
    EXPECT_THAT(made.record.cells[0].sets,
                ElementsAre("versions.cri-o=1", "os=a", "runtime=crun", "versions.kubernetes=1"));
    EXPECT_EQ(made.record.cells[0].expected, 5min);
    EXPECT_EQ(made.record.axes.size(), 3U);
}

TEST_F(PlanningAMatrix, ShowsTheRatioOfPairwise) {
    command.pairwise = true;
    const auto made = plan();
    EXPECT_EQ(made.record.chosen, "pairwise with seed 1: 6 of 12 cells (50 %) cover all 16 pairs");
    EXPECT_EQ(made.record.cells.size(), 6U);
}

TEST_F(PlanningAMatrix, ShowsTheRatioOfPairwiseWhereItIsNextToNothing) {
    matrix.axes.clear();
    for (const auto* path : {"a", "b", "c", "d", "e", "f", "g", "h"})
        matrix.axes.push_back({path, {"1", "2", "3", "4"}});
    command.pairwise = true;
    EXPECT_THAT(plan().record.chosen, HasSubstr("of 65536 cells (0.04 %)"));
}

TEST_F(PlanningAMatrix, RefusesAShardThatThereIsNot) {
    command.shard = "6/5";
    EXPECT_THAT(error(), HasSubstr("--shard 6/5: there is no shard 6 of 5"));
    command.shard = "x";
    EXPECT_THAT(error(), HasSubstr("--shard x: is not NUMBER/OF"));
}

TEST_F(PlanningAMatrix, HasInItsListOnlyWhatAListHas) {
    const auto json = events::to_json(plan().record);
    for (const auto* key :
         {"\"matrix\"", "\"began\"", "\"time\"", "\"took\"", "\"waited\"", "\"waits\"", "\"inputs\""}) {
        EXPECT_THAT(json, Not(HasSubstr(key)));
    }
    EXPECT_THAT(json, HasSubstr("\"cells\""));
}

TEST_F(PlanningAMatrix, DealsShardsThatAreTogetherAll) {
    std::set<std::string> all;
    std::set<std::string> splits;
    for (const auto* shard : {"1/3", "2/3", "3/3"}) {
        command.shard = shard;
        const auto made = plan();
        for (const auto& id : ids(made)) EXPECT_TRUE(all.insert(id).second) << id;
        splits.insert(made.record.chosen.substr(made.record.chosen.find("the split is")));
    }
    EXPECT_EQ(all.size(), 12U);
    EXPECT_EQ(splits.size(), 1U);
}

TEST_F(PlanningAMatrix, TakesCellsByTheirIds) {
    command.cells = {"b,runc,3", "a,crun,1"};
    EXPECT_THAT(ids(plan()), ElementsAre("a,crun,1", "b,runc,3"));
    command.cells = {"a,crun,4"};
    EXPECT_THAT(error(), HasSubstr("did you mean a,crun"));
}

TEST_F(PlanningAMatrix, ResumesTheCellsOfTheEarlierOne) {
    resumes.emplace();
    for (const auto* id : {"a,crun,1", "b,crun,2", "gone"}) resumes->cells.emplace_back().id = id;
    const auto made = plan();
    EXPECT_THAT(ids(made), ElementsAre("a,crun,1", "b,crun,2"));
    EXPECT_THAT(made.record.notes, ElementsAre("gone is no cell of the matrix any more"));
}

// They chose among all cells: others were run, and some that had not passed were left out without a word.
TEST_F(PlanningAMatrix, ChoosesAmongTheCellsOfTheEarlierOne) {
    const std::vector<std::string> all{"a,crun,1", "a,crun,2", "a,runc,3", "b,crun,2"};
    resumes.emplace().id = "v-x7k2";
    for (const auto& id : all) resumes->cells.emplace_back().id = id;
    std::vector<std::string> halves;
    for (const auto* shard : {"1/2", "2/2"}) {
        command.shard = shard;
        for (const auto& id : ids(plan())) halves.push_back(id);
    }
    EXPECT_THAT(halves, ::testing::UnorderedElementsAreArray(all));
    command.shard.clear();
    command.sample = 9;
    EXPECT_EQ(ids(plan()), all);
    command.sample = 2;
    EXPECT_THAT(ids(plan()), ::testing::SizeIs(2));
    EXPECT_THAT(ids(plan()), ::testing::Each(::testing::AnyOfArray(all)));
    command.sample = 0;
    command.pairwise = true;
    EXPECT_THAT(ids(plan()), ::testing::Each(::testing::AnyOfArray(all)));
    command.pairwise = false;
    command.cells = {"b,crun,2"};
    EXPECT_THAT(ids(plan()), ElementsAre("b,crun,2"));
    command.cells = {"b,runc,3"};
    EXPECT_THAT(error(), HasSubstr("--cell b,runc,3: the matrix v-x7k2 had no such cell"));
}

TEST_F(PlanningAMatrix, DoesNotDivideAgainWhatIsResumedWithTheSameFlags) {
    command.pairwise = true;
    command.shard = "1/2";
    const auto begun = plan();
    resumes = begun.record;
    resumes->id = "v-x7k2";
    const auto again = plan();
    EXPECT_EQ(ids(again), ids(begun));
    EXPECT_EQ(again.record.chosen, begun.record.chosen);
    EXPECT_EQ(again.record.choices, begun.record.choices);
    EXPECT_EQ(begun.record.choices, pairwise_and_first_half);
    resumes->chosen = "in words that another crib may choose";
    EXPECT_EQ(ids(plan()), ids(begun));
    command.shard = "2/2";
    EXPECT_THAT(error(), HasSubstr("--resume v-x7k2 --shard 2/2: that matrix is shard 1 of 2"));
}

TEST_F(PlanningAMatrix, KnowsOfAResumedOneWhatWasChosenBeforeAndThen) {
    command.pairwise = true;
    resumes = plan().record;
    resumes->id = "v-x7k2";
    command.pairwise = false;
    command.shard = "1/2";
    EXPECT_EQ(plan().record.choices, pairwise_and_first_half);
}

TEST_F(PlanningAMatrix, DoesNotCallTheCellsThatOnlyLeavesOutGone) {
    resumes.emplace();
    for (const auto* id : {"a,crun,1", "b,crun,2"}) resumes->cells.emplace_back().id = id;
    command.only = {"os=a"};
    const auto made = plan();
    EXPECT_THAT(ids(made), ElementsAre("a,crun,1"));
    EXPECT_TRUE(made.record.notes.empty());
    command.only = {"runtime=runc"};
    EXPECT_THAT(error(), HasSubstr("none of the earlier matrix's cells is among those of --only"));
}

TEST_F(PlanningAMatrix, DoesNotTakeARecordWithoutCellsForAllCells) {
    resumes.emplace().id = "v-x7k2";
    EXPECT_THAT(error(), HasSubstr("--resume v-x7k2: the record of that matrix has no cells"));
    command.shard = "1/2";
    EXPECT_THAT(error(), HasSubstr("no cells"));
}

TEST_F(PlanningAMatrix, MarksInItsListWhatPassedInTheResumedOne) {
    auto record = plan().record;
    record.cells.resize(3);
    record.cells[1].expected = 5min;
    EXPECT_THAT(list_of(record), HasSubstr("\n3 cells\n"));
    record.resumes = "v-x7k2";
    record.cells[1].carried = true;
    const auto list = list_of(record);
    EXPECT_THAT(list, ContainsRegex(record.cells[1].id + " +has passed\n"));
    EXPECT_THAT(list, ContainsRegex(record.cells[2].id + " +-\n"));
    EXPECT_THAT(list, HasSubstr("\n3 cells, of which 1 passed in v-x7k2 and would not run again\n"));
}

TEST_F(PlanningAMatrix, ListsCellsWithoutKeepingWhatIsSaidOfEach) {
    const auto whole = list_of(plan().record);
    command.list = true;
    const auto made = plan();
    EXPECT_TRUE(made.record.cells.empty());
    std::string listed;
    list_cells(made, {"v", matrix, hooks, history, "host", resumes}, [&](const auto& piece) { listed += piece; });
    EXPECT_EQ(listed, whole);
}

TEST_F(PlanningAMatrix, ListsCellsAsJsonWithoutKeepingThem) {
    command.sets = {"versions.cri-o=1"};
    history.add({"v", "a,crun,1", "host", 5min, events::Outcome::passed, {}});
    matrix.exclude = {{{{"os", {"b"}}, {"runtime", {"crun"}}}, "is not there"}};
    const auto whole = to_json(plan().record);
    command.list = true;
    command.json = true;
    const auto made = plan();
    EXPECT_TRUE(made.record.cells.empty());
    std::string listed;
    list_cells_as_json(made, {"v", matrix, hooks, history, "host", resumes}, command.sets,
                       [&](const auto& piece) { listed += piece; });
    EXPECT_EQ(listed, whole);
}

TEST_F(PlanningAMatrix, RefusesAtOnceWhatNoRecordCanHold) {
    for (const auto* path : {"c", "d", "e", "f", "g"}) matrix.axes.push_back({path, {"1", "2", "3", "4", "5", "6"}});
    EXPECT_THAT(error(), AllOf(HasSubstr("93312 cells"), HasSubstr("--shard")));
    command.list = true;
    EXPECT_EQ(plan().cells.size(), 93'312U);
}

TEST_F(PlanningAMatrix, SaysWhyWhenNothingIsLeft) {
    hooks.illegal = [](const scenario::Assignment&) { return std::vector<std::string>{"all is lost"}; };
    EXPECT_THAT(error(), HasSubstr("every cell is excluded; the first reason: all is lost"));
}

}  // namespace
}  // namespace crib::cli
