#include "harness/cli/cell_inputs.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/cli/cell_loader.h"
#include "harness/cli/cells_of_plan.h"
#include "harness/cli/matrix_inputs.h"
#include "harness/engine/cell_process.h"
#include "harness/engine/matrix_run.h"
#include "tests/support/manual_clock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

namespace crib::cli {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class InputsOfCells : public ::testing::Test {
protected:
    using Inputs = CellsOfPlan::Inputs;

    TempFolder folder{std::filesystem::temp_directory_path(), "crib-test"};
    Folders folders{folder.path() / "cache", folder.path() / "state", CRIB_SOURCE_DIR};
    Knowledge knowledge = read_knowledge(folders);
    engine::MatrixHistory history{folder.path() / "history.jsonl"};
    test::ManualClock clock;
    Context context = Context::with_clock(clock);
    MatrixCommand command;

    void SetUp() override {
        write_file(folder.path() / "base.json", read_file(CRIB_SOURCE_DIR "/scenarios/two-node.json"));
        write_file(folder.path() / "s.sh", "kubectl get pods\n");
        write_file(folder.path() / "m.json", R"({
  "name": "m", "about": "one thing", "extends": "base.json",
  "parameters": {"runtime": {"default": "crun", "about": "help", "values": ["crun", "runc"]}},
  "mutations": [
    {"insert-after": "nginx", "id": "look", "title": "words", "script": "s.sh"},
    {"set": {"RUNTIME": "${parameters.runtime}"}}
  ],
  "matrix": {
    "axes": {"parameters.runtime": ["crun", "runc"]},
    "expect": [{"when": {"parameters.runtime": "runc"}, "fails-at": "look", "message": "not found"}]
  }
})");
        command.file = (folder.path() / "m.json").string();
    }

    void edit(const std::string& file, const std::string& from, const std::string& to) const {
        auto text = read_file(folder.path() / file);
        const auto at = text.find(from);
        ASSERT_NE(at, std::string::npos) << from;
        write_file(folder.path() / file, text.replace(at, from.size(), to));
    }

    [[nodiscard]] MatrixPlan plan() const {
        return plan_matrix(command, matrix_inputs(folders, knowledge, command.file, command.sets, history));
    }

    static std::vector<scenario::LoadedCell> all_of(const CellsOfPlan& cells, const MatrixPlan& plan) {
        std::vector<std::size_t> numbers(plan.record.cells.size());
        std::iota(numbers.begin(), numbers.end(), std::size_t{0});
        return cells.load(numbers);
    }

    [[nodiscard]] std::vector<Inputs> inputs() const {
        const auto made = plan();
        CellsOfPlan cells(folders, command, knowledge, made);
        std::vector<Inputs> inputs;
        for (const auto& cell : all_of(cells, made)) inputs.push_back(cells.inputs_of(cell, context));
        return inputs;
    }

    // Does what is run change in each cell?
    [[nodiscard]] bool changes(const std::string& file, const std::string& from, const std::string& to) const {
        const auto before = inputs();
        edit(file, from, to);
        const auto after = inputs();
        EXPECT_EQ(before.size(), after.size());
        std::size_t changed = 0;
        for (std::size_t i = 0; i < before.size(); ++i) {
            const bool is_other = before[i].set_up.digest != after[i].set_up.digest;
            changed += is_other ? 1 : 0;
            EXPECT_EQ(is_other, before[i].whole != after[i].whole);
        }
        EXPECT_TRUE(changed == 0 || changed == before.size());
        return changed > 0;
    }
};

TEST_F(InputsOfCells, ChangeWithWhatTheFileExtends) {
    EXPECT_TRUE(changes("base.json", "1800MiB", "1801MiB"));
    EXPECT_TRUE(changes("base.json", R"({"no-restarts": {}})", R"({"no-restarts": {}}, {"no-restarts": {}})"));
    EXPECT_TRUE(changes("base.json", R"({"dns": {"pod": "nginx"}},
    {"shared-pid": {"pod": "nginx"}})",
                        R"({"shared-pid": {"pod": "nginx"}},
    {"dns": {"pod": "nginx"}})"))
        << "checks are in another order";
}

TEST_F(InputsOfCells, ChangeWithAScriptAndWithItsPlace) {
    EXPECT_TRUE(changes("s.sh", "pods", "nodes"));
    EXPECT_TRUE(changes("m.json", "insert-after", "insert-before"));
}

TEST_F(InputsOfCells, ChangeWithWhatIsInACheckout) {
    const auto checkout = folder.path() / "co";
    make_folder(checkout);
    write_file(checkout / "go.mod", "module github.com/cri-o/cri-o\n\ngo 1.26\n");
    write_file(checkout / "main.go", "package main\n");
    command.sets = {"components.cri-o=local:" + checkout.string()};
    EXPECT_TRUE(changes("co/main.go", "main", "other"));
}

TEST_F(InputsOfCells, StayTheSameInOtherWordsForPeople) {
    EXPECT_FALSE(changes("m.json", "one thing", "another"));
    EXPECT_FALSE(changes("m.json", "help", "better help"));
    EXPECT_FALSE(changes("m.json", "words", "other words"));
    EXPECT_FALSE(changes("base.json", "The tutorial", "A tutorial"));
    EXPECT_FALSE(changes("base.json", "2300MiB", "2355200KiB"));
}

TEST_F(InputsOfCells, ChangeWithAllThatIsExpected) {
    const auto before = inputs();
    edit("m.json", R"("message": "not found")", R"("node": "master", "message": "not found")");
    const auto after = inputs();
    ASSERT_EQ(after.size(), 2U);
    EXPECT_EQ(before[0].whole, after[0].whole) << "nothing is expected of it";
    EXPECT_NE(before[1].whole, after[1].whole);
    EXPECT_EQ(before[1].set_up.digest, after[1].set_up.digest);
}

// Else each cell would be refused.
TEST_F(InputsOfCells, AreTheSameInTheCellsOwnProcess) {
    const std::string source = CRIB_SOURCE_DIR;
    const auto paths = (folder.path() / "p.json").string();
    make_folder(folder.path() / "co");
    write_file(folder.path() / "co/go.mod", "module github.com/cri-o/cri-o\n\ngo 1.26\n");
    write_file(folder.path() / "t.sh", "kubectl get nodes\n");
    write_file(paths, R"({
  "extends": "base.json",
  "mutations": [{"insert-after": "nginx", "id": "look", "title": "words", "script": "s.sh"}],
  "matrix": {"axes": {"components.cri-o": ["modules", "local:co"], "mutations[0].script": ["s.sh", "t.sh"]}}
})");
    for (const auto& file :
         {command.file, paths, source + "/scenarios/versions.json", source + "/tests/data/scenarios/forked.json"}) {
        command.file = file;
        const auto made = plan();
        CellsOfPlan cells(folders, command, knowledge, made);
        for (const auto& cell : all_of(cells, made)) {
            std::vector<std::string> sets;
            const auto words = engine::words_of({file, cell.sets, cell.scenario.expect});
            for (std::size_t i = 0; i + 1 < words.size(); ++i) {
                if (words[i] == "--set") sets.push_back(words[i + 1]);
            }
            const auto there = load_cell(folders, knowledge, file, sets);
            EXPECT_EQ(CellInputs(folders, knowledge).set_up(there.scenario, context).digest,
                      cells.inputs_of(cell, context).set_up.digest)
                << file << " " << cell.id;
        }
    }
}

TEST_F(InputsOfCells, AreOfOneReadingAndOnePlanOfEachCell) {
    const auto made = plan();
    unsigned loaded = 0;
    knowledge.known.clashes = [&](const scenario::Scenario&) {
        ++loaded;
        return std::vector<scenario::Clash>{};
    };
    unsigned planned = 0;
    const auto planner = [&](const engine::Cell& cell, const engine::Stock& stock) {
        ++planned;
        return engine::planned_set_up(cell, stock);
    };
    CellsOfPlan cells(folders, command, knowledge, made, planner);
    const auto described = cells.describe({0, 1}, context);
    EXPECT_EQ(loaded, 2U);
    EXPECT_EQ(planned, 2U);
    ASSERT_EQ(described.size(), 2U);
    for (const auto& [cell, inputs] : described) {
        EXPECT_THAT(inputs.whole, ::testing::Not(IsEmpty())) << cell.id;
        EXPECT_THAT(inputs.set_up.stages, ::testing::SizeIs(2)) << "of a host of either kind";
    }
}

TEST_F(InputsOfCells, NameTheCheckoutThatHasChanged) {
    const auto checkout = folder.path() / "co";
    make_folder(checkout);
    write_file(checkout / "go.mod", "module github.com/cri-o/cri-o\n\ngo 1.26\n");
    command.sets = {"components.cri-o=local:" + checkout.string()};
    const auto made = plan();
    CellsOfPlan cells(folders, command, knowledge, made);
    const auto cell = all_of(cells, made).front();
    (void)cells.inputs_of(cell, context);
    EXPECT_EQ(cells.changed_checkout(cell.scenario.components, context), std::nullopt);
    write_file(checkout / "main.go", "package main\n");
    EXPECT_EQ(cells.changed_checkout(cell.scenario.components, context), checkout.string());
}

TEST(TheWordsOfACellsProcess, AreACommandLineOfRun) {
    const auto words = engine::words_of({"-m.json", {"os=debian-12"}, {}, {"--made-of", "0a1b"}});
    const auto parsed = parse_command_line(words);
    ASSERT_TRUE(parsed.line) << parsed.text;
    const auto& run = std::get<RunCommand>(parsed.line->command);
    EXPECT_EQ(run.file, "-m.json");
    EXPECT_THAT(run.sets, ElementsAre("os=debian-12"));
    EXPECT_EQ(run.made_of, "0a1b");
    EXPECT_TRUE(run.json);
}

class ResumingChangedCells : public InputsOfCells {
protected:
    events::MatrixRecord earlier;

    // A crib whose components may be edited.
    void SetUp() override {
        InputsOfCells::SetUp();
        const std::filesystem::path from = CRIB_SOURCE_DIR;
        const auto to = folder.path() / "crib";
        make_folder(to / "fixtures");
        for (const auto* name :
             {"images", "scenarios", "fixtures/catalogue", "fixtures/profiles", "fixtures/recipes"}) {
            std::filesystem::create_directory_symlink(from / name, to / name);
        }
        std::filesystem::copy(from / kComponents, to / kComponents, std::filesystem::copy_options::recursive);
        folders.source = to;
        knowledge = read_knowledge(folders);
        const auto made = plan();
        earlier = made.record;
        earlier.id = "m-x7k2";
        for (auto& cell : earlier.cells) cell.outcome = events::Outcome::passed;
        (void)CellsOfPlan(folders, command, knowledge, made).add_inputs(earlier, earlier, context);
    }

    static constexpr const char* kComponents = "fixtures/components";
    static constexpr const char* kSettings = "crib/fixtures/components/cri-o/1.36.3/files/10-crio.conf";

    [[nodiscard]] events::MatrixRecord resumed() const {
        const auto made = plan();
        auto record = made.record;
        const auto changed = CellsOfPlan(folders, command, knowledge, made).add_inputs(record, earlier, context);
        engine::carry_over(record, earlier, changed);
        return record;
    }
};

TEST_F(ResumingChangedCells, CarriesOverWhatIsTheSame) {
    edit("m.json", "one thing", "another");
    const auto record = resumed();
    EXPECT_THAT(record.cells, Each(Field(&events::CellRecord::carried, true)));
    EXPECT_THAT(record.notes, IsEmpty());
}

TEST_F(ResumingChangedCells, RunsAgainWhatAnotherFileHasChanged) {
    edit("base.json", "1800MiB", "2400MiB");
    const auto record = resumed();
    EXPECT_THAT(record.cells, Each(Field(&events::CellRecord::carried, false)));
    const auto names_it = HasSubstr("what it is made of has changed (" + (folder.path() / "base.json").string() + ")");
    EXPECT_THAT(record.notes, ElementsAre(names_it, names_it));
}

// A component's version stays the same when what it is built with is edited.
TEST_F(ResumingChangedCells, RunsAgainWhatAComponentIsBuiltWithHasChangedAndNamesTheFile) {
    edit(kSettings, "default_runtime = \"crun\"", "default_runtime = \"runc\"");
    const auto record = resumed();
    EXPECT_THAT(record.cells, Each(Field(&events::CellRecord::carried, false)));
    const auto names_it = HasSubstr("has changed (" + (folder.path() / kSettings).string() + "): it runs again");
    EXPECT_THAT(record.notes, ElementsAre(names_it, names_it));
}

TEST_F(ResumingChangedCells, RunsAgainWhatAComponentIsBuiltWithOneFileMore) {
    const auto file = (folder.path() / kSettings).parent_path() / "20-crio.conf";
    write_file(file, "[crio]\n");
    const auto names_it = HasSubstr("has changed (" + file.string() + "): it runs again");
    EXPECT_THAT(resumed().notes, ElementsAre(names_it, names_it));
}

TEST_F(ResumingChangedCells, CarriesOverWhatOtherVersionsOfAComponentAreBuiltWith) {
    edit("crib/fixtures/components/cri-o/1.36.1/component.json", "\"source\": \"", "\"source\": \"still ");
    const auto record = resumed();
    EXPECT_THAT(record.cells, Each(Field(&events::CellRecord::carried, true)));
    EXPECT_THAT(record.notes, IsEmpty());
}

// Those that it did not run again: a third matrix is to know them, too.
TEST_F(ResumingChangedCells, KeepsTheFilesOfWhatIsCarriedOver) {
    EXPECT_THAT(earlier.files, ::testing::Contains(::testing::Key((folder.path() / kSettings).string())));
    EXPECT_THAT(earlier.files, ::testing::Contains(::testing::Key((folder.path() / "s.sh").string())));
    EXPECT_EQ(resumed().files, earlier.files);
}

TEST_F(ResumingChangedCells, RunsAgainWhatIsNotReadAnyMore) {
    edit("s.sh", "kubectl get pods\n", "\n");
    MatrixPlan made =
        plan_matrix(command, {"m", scenario::load_matrix_or_throw(command.file, {}), {}, history, "h", {}});
    CellsOfPlan cells(folders, command, knowledge, made);
    EXPECT_THAT(cells.load({0}).at(0).scenario.nodes, IsEmpty()) << "one alone is no reason to end the matrix, either";
    (void)cells.add_inputs(made.record, earlier, context);
    for (std::size_t i = 0; i < earlier.cells.size(); ++i) {
        EXPECT_THAT(made.record.cells[i].inputs,
                    ::testing::AllOf(::testing::Not(IsEmpty()), ::testing::Ne(earlier.cells[i].inputs)));
    }
}

}  // namespace
}  // namespace crib::cli
