#include "harness/cli/matrix_resume.h"

#include "harness/base/error.h"
#include "harness/base/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace crib::cli {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

struct ResumingAMatrix : testing::Test {
    events::MatrixRecord earlier;
    MatrixCommand command;

    ResumingAMatrix() {
        earlier.id = "v-x7k2";
        command.file = "v.json";
        add_cell({"internet=true", "components.cri-o=local:/src/cri-o", "nodes.worker.count=3", "os=a"});
    }

    void add_cell(const std::vector<std::string>& sets) {
        auto& cell = earlier.cells.emplace_back();
        cell.values = {{"os", "a"}};
        cell.sets = sets;
    }

    std::string refusal_of(const std::vector<std::string>& sets) {
        command.sets = sets;
        try {
            take_sets(command, earlier);
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage);
            return error.what();
        }
        return "no refusal";
    }
};

TEST_F(ResumingAMatrix, TakesTheSetsThatAllCellsHad) {
    take_sets(command, earlier);
    EXPECT_THAT(command.sets,
                ElementsAre("internet=true", "components.cri-o=local:/src/cri-o", "nodes.worker.count=3"));
}

// A cell's values are as the file has them, and its --set is for any folder.
TEST_F(ResumingAMatrix, TakesNoPathOfACellForOneThatAllHad) {
    earlier.cells.clear();
    add_cell({"internet=true", "components.cri-o=local:/src/cri-o", "os=a"});
    earlier.cells[0].values["components.cri-o"] = "local:../cri-o";
    take_sets(command, earlier);
    EXPECT_THAT(command.sets, ElementsAre("internet=true"));
}

TEST_F(ResumingAMatrix, TakesOneThatIsGivenAgainForTheSame) {
    EXPECT_EQ(refusal_of({"nodes.worker.count=3"}), "no refusal");
    EXPECT_EQ(command.sets.size(), 3U) << "the others count as well";
}

TEST_F(ResumingAMatrix, RefusesAnotherValueAndNamesBoth) {
    EXPECT_THAT(refusal_of({"internet=true", "nodes.worker.count=4"}),
                AllOf(HasSubstr("--resume v-x7k2: --set nodes.worker.count=4 would make other cells"),
                      HasSubstr("was run with --set nodes.worker.count=3")));
    EXPECT_THAT(refusal_of({"components.cri-o=upstream"}),
                AllOf(HasSubstr("--component cri-o=upstream would"),
                      HasSubstr("was run with --component cri-o=local:/src/cri-o")));
}

TEST_F(ResumingAMatrix, RefusesASetWhereThereWasNone) {
    earlier.cells.clear();
    add_cell({"os=a"});
    EXPECT_THAT(refusal_of({"internet=true"}), HasSubstr("was run with no --set and no --component"));
}

TEST_F(ResumingAMatrix, MeansTheSameCheckoutFromAnyFolder) {
    const TempFolder folder(std::filesystem::temp_directory_path(), "crib-checkout");
    const auto recorded = "components.cri-o=local:" + folder.path().string();
    earlier.cells.clear();
    add_cell({recorded, "os=a"});
    const auto relative = std::filesystem::relative(folder.path()).string();
    EXPECT_EQ(refusal_of({"components.cri-o=local:" + relative}), "no refusal");
    EXPECT_THAT(command.sets, ElementsAre(recorded));
    EXPECT_THAT(refusal_of({"components.cri-o=local:."}),
                HasSubstr("was run with --component cri-o=local:" + folder.path().string()));
}

// It was taken for another one, as its JSON had the path from another folder.
TEST_F(ResumingAMatrix, MeansTheSameCheckoutInJsonFromAnyFolder) {
    earlier.cells.clear();
    const auto here = std::filesystem::current_path().string();
    const auto recorded = R"(components={"cri-o":"local:)" + here + R"(/cri-o"})";
    add_cell({recorded, "os=a"});
    EXPECT_EQ(refusal_of({R"(components={"cri-o": "local:cri-o"})"}), "no refusal");
    EXPECT_THAT(command.sets, ElementsAre(recorded));
    EXPECT_THAT(refusal_of({R"(components={"cri-o": "local:other"})"}), HasSubstr("would make other cells"));
}

// "a matrix of v.json, and v.json is another scenario"
TEST_F(ResumingAMatrix, NamesBothScenariosWhereTheNameHasChanged) {
    earlier.scenario = "v";
    earlier.scenario_file = "v.json";
    EXPECT_NO_THROW(require_same_scenario(earlier, "v", "elsewhere/v.json"));
    try {
        require_same_scenario(earlier, "w", "v.json");
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        EXPECT_STREQ(
            error.what(),
            "--resume v-x7k2: that is a matrix of the scenario \"v\" in v.json, and the one in v.json is called "
            "\"w\"");
        EXPECT_THAT(error.hint(), HasSubstr("without --resume"));
    }
}

TEST_F(ResumingAMatrix, LeavesARecordWithoutCellsToBeRefused) {
    earlier.cells.clear();
    EXPECT_EQ(refusal_of({"internet=true"}), "no refusal");
}

TEST_F(ResumingAMatrix, IsToldWithTheFlagsThatSayHowItRuns) {
    EXPECT_THAT(options_to_resume(command, "v-x7k2"), ElementsAre("--resume", "v-x7k2"));
    command.sets = {"internet=true"};  // which its record has
    command.locked = command.no_cache = command.fail_fast = true;
    command.jobs = 2;
    command.accel = "tcg";
    command.connect = "qemu:///system";
    EXPECT_THAT(options_to_resume(command, "v-x7k2"),
                ElementsAre("--resume", "v-x7k2", "--locked", "--fail-fast", "--no-cache", "--jobs", "2", "--accel",
                            "tcg", "--connect", "qemu:///system"));
}

}  // namespace
}  // namespace crib::cli
