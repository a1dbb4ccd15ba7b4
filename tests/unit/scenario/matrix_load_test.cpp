#include "harness/scenario/matrix_load.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/scenario/matrix.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace crib::scenario {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class LoadingAMatrix : public ::testing::Test {
protected:
    TempFolder folder{std::filesystem::temp_directory_path(), "crib-test"};
    std::filesystem::path file = folder.path() / "v.json";
    Known known;

    void SetUp() override { known.images = {"debian-12", "debian-13"}; }

    void write(const std::string& matrix, const std::string& memory = "2300MiB") {
        write_file(file, R"({
  "name": "v",
  "versions": {"kubernetes": "1.36.3", "cri-o": "1.36.3", "flannel": "0.28.10"},
  "nodes": [{"name": "master", "role": "control-plane", "memory": ")" +
                             memory + R"("}],
  "matrix": )" + matrix + "\n}\n");
    }

    std::vector<LoadedCell> load(const std::vector<std::string>& sets = {}) {
        const auto matrix = load_matrix_or_throw(file, sets);
        return load_cells_or_throw(file, sets, expand(matrix).cells, matrix, known);
    }

    std::string error_of(const std::vector<std::string>& sets = {}) {
        try {
            (void)load(sets);
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage);
            return error.what();
        }
        return "no error";
    }
};

TEST_F(LoadingAMatrix, BlamesTheSetThatMakesAnAxisLeadNowhere) {
    write(R"({"axes": {"os": ["debian-12"], "nodes.master.memory": ["2GiB"]}})");
    try {
        require_sound_cells(file, {"nodes.master.name=x", "nodes.x.vcpus=3"}, known);
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), AllOf(HasSubstr("--set nodes.master.name=x: "), HasSubstr("nodes.master.memory")));
    }
}

TEST_F(LoadingAMatrix, RefusesASetThatEachCellTakesAway) {
    const auto refusal = [&](const std::string& set) -> std::string {
        try {
            refuse_sets_of_axes(file, {set});
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage);
            return error.what();
        }
        return "no error";
    };
    write(R"({"axes": {"os": ["debian-12", "debian-13"], "nodes.master.memory": ["2GiB", "3GiB"]}})");
    EXPECT_THAT(refusal("os=debian-12"),
                AllOf(HasSubstr("--set os=debian-12: each cell"), HasSubstr("value of its own for os"),
                      HasSubstr("to run those cells alone: --only os=debian-12")));
    EXPECT_THAT(refusal("os=nope"), HasSubstr("its values are debian-12, debian-13; to run the cells of one of them: "
                                              "--only os=debian-12"));
    EXPECT_THAT(refusal("nodes[0].memory=4GiB"), HasSubstr("--only nodes.master.memory=2GiB")) << "another name of it";
    EXPECT_EQ(refusal("nodes.master.vcpus=3"), "no error");
    EXPECT_EQ(refusal("versions.cri-o=1.36.2"), "no error");
}

TEST_F(LoadingAMatrix, TakesASetThatAnIncludedCellIsMadeWith) {
    write(R"({"axes": {"os": ["debian-12"]}, "include": [{"versions.cri-o": "1.36.2"}]})");
    EXPECT_NO_THROW(refuse_sets_of_axes(file, {"os=debian-13"}));
}

TEST_F(LoadingAMatrix, MakesEachCellAScenarioAsSetWould) {
    write(R"({"axes": {"os": ["debian-12", "debian-13"], "nodes.master.memory": ["2GiB"]},
              "expect": [{"when": {"os": "debian-12"}, "fails-at": "kubeadm-init"}]})");
    const auto cells = load({"versions.cri-o=1.36.2"});
    ASSERT_EQ(cells.size(), 2U);
    EXPECT_EQ(cells[0].id, "2GiB,debian-12");
    EXPECT_EQ(cells[0].scenario.nodes[0].os, "debian-12");
    EXPECT_EQ(cells[0].scenario.nodes[0].memory, ByteSize::gib(2));
    EXPECT_EQ(cells[0].scenario.versions.at("cri-o"), "1.36.2");
    EXPECT_THAT(cells[0].sets, ElementsAre("versions.cri-o=1.36.2", "nodes.master.memory=2GiB", "os=debian-12"));
    ASSERT_TRUE(cells[0].scenario.expect);
    EXPECT_EQ(cells[0].scenario.expect->fails_at, "kubeadm-init");
    EXPECT_FALSE(cells[1].scenario.expect);
}

TEST_F(LoadingAMatrix, NamesTheCellThatIsWrong) {
    write(R"({"axes": {"os": ["debian-12", "debian-14"]}})");
    EXPECT_THAT(error_of(), AllOf(HasSubstr("os=debian-14"), HasSubstr("unknown node image \"debian-14\""),
                                  HasSubstr("in cell debian-14"), Not(HasSubstr("--set"))));
}

TEST_F(LoadingAMatrix, TellsAMistakeOfTheFileOnceAndNotOfEachCell) {
    write(R"({"axes": {"os": ["debian-12", "debian-13"]}})", "1MiB");
    const auto text = error_of();
    EXPECT_THAT(text, HasSubstr("v.json:4:"));
    EXPECT_THAT(text, Not(HasSubstr("in cell")));
    EXPECT_EQ(text.find("v.json:4:"), text.rfind("v.json:4:"));
}

TEST_F(LoadingAMatrix, FindsCellsInWhichOneAxisTakesAwayWhatAnotherNeeds) {
    write(R"({"axes": {"os": ["debian-13"], "nodes.master.name": ["a", "master"], "nodes.master.vcpus": [2, 4]}})");
    const auto found = to_string(cell_mistakes(file, {}, {}, known));
    EXPECT_THAT(found, AllOf(HasSubstr("nodes.master.vcpus=2: $.nodes has no element \"master\""),
                             HasSubstr("in cell a,2"), Not(HasSubstr("in cell master"))));
}

TEST_F(LoadingAMatrix, FindsCellsThatAreTheSameScenario) {
    write(
        R"({"axes": {"os": ["debian-13"], "nodes.master.labels": [{"a": "1"}, {"a": "2"}], "nodes.master.labels.a": ["3"]}})");
    EXPECT_THAT(to_string(cell_mistakes(file, {}, {}, known)), HasSubstr("are the same scenario"));
    write(
        R"({"axes": {"os": ["debian-13"], "nodes.master.labels": [{"b": "1"}, {"b": "2"}], "nodes.master.labels.a": ["3"]}})");
    EXPECT_EQ(to_string(cell_mistakes(file, {}, {}, known)), "");
}

TEST_F(LoadingAMatrix, FindsCellsThatAreTheSameScenarioInOtherWords) {
    known.check_meaning = [](const std::string&, const std::map<std::string, std::string>& params, const auto&,
                             const auto&) {
        auto all = params;
        all["timeout"] = "60s";  // as if it were the default
        return all;
    };
    for (
        const std::string axis :
        {R"("nodes.master.taints": [["a:NoSchedule"], ["a=:NoSchedule"]])",
         R"("nodes.master.taints": [["a:NoSchedule", "b:NoExecute"], ["b:NoExecute", "a:NoSchedule"]])",
         R"("nodes[0]": [{"name": "master", "role": "control-plane", "memory": "2GiB"},
                          {"name": "master", "role": "control-plane", "memory": "2048MiB", "vcpus": 2}])",
         R"("about": ["one thing", "another"])",
         R"("mutations": [[{"insert-after": "a", "id": "b", "run": "c"}], [{"insert-after": "a", "id": "b", "run": "c", "title": "d"}]])",
         R"("nodes.master.versions": [{}, {"kubernetes": "1.36.3"}])", R"("components": [{}, {"cri-o": "modules"}])",
         R"("mutations": [[{"replace": "a", "run": "true"}], [{"replace": "a", "run": ["true"], "nodes": ["master"]}]])",
         R"("checks": [[{"nodes-ready": {}}], [{"nodes-ready": {"timeout": "60s"}}]])"}) {
        write(R"({"axes": {"os": ["debian-12", "debian-13"], )" + axis + "}}");
        const auto path = axis.substr(1, axis.find('"', 1) - 1);
        EXPECT_THAT(to_string(cell_mistakes(file, {}, {}, known)),
                    AllOf(HasSubstr("are the same scenario, and so are 1 more"),
                          HasSubstr("they differ in " + path + " alone")));
    }
}

TEST_F(LoadingAMatrix, NamesTheParameterOfAnAxisThatNothingUses) {
    write(R"({"axes": {"os": ["debian-12", "debian-13"], "parameters.runtime": ["crun", "runc"]}})");
    const std::string parameters = R"(parameters={"runtime": {"default": "crun"}})";
    const auto found = to_string(cell_mistakes(file, {parameters}, {}, known));
    EXPECT_THAT(found, AllOf(HasSubstr("$.matrix.axes[\"parameters.runtime\"]"),
                             HasSubstr("nothing uses the parameter \"runtime\": the cells "),
                             HasSubstr("are the same scenario, and so are 1 more"),
                             HasSubstr("write ${parameters.runtime} where its value is meant to go"),
                             HasSubstr("or take \"parameters.runtime\" out of the matrix")));
    const std::string use = R"(mutations=[{"set": {"RUNTIME": "${parameters.runtime}"}}])";
    EXPECT_EQ(to_string(cell_mistakes(file, {parameters, use}, {}, known)), "");
    EXPECT_THAT(to_string(cell_mistakes(file, {parameters, "about=with ${parameters.runtime}"}, {}, known)),
                AllOf(HasSubstr("they differ in parameters.runtime alone"), HasSubstr("words for people")));
}

TEST_F(LoadingAMatrix, TakesCellsThatDifferInWhatTheyDo) {
    for (const std::string axis :
         {R"("nodes.master.taints": [["a:NoSchedule"], ["a:NoExecute"], ["a=b:NoExecute"], []])",
          R"("nodes.master.labels": [{"a": "b"}, {"a": "b.0"}, {}])", R"("internet": [true, false])",
          R"("parameters.used": ["1", "2"])",
          R"("checks": [[], [{"nodes-ready": {}}], [{"nodes-ready": {"timeout": "60s"}}]])"}) {
        write(R"({"axes": {"os": ["debian-12", "debian-13"], )" + axis + "}}");
        const std::string parameters = R"(parameters={"used": {"default": "1"}})";
        const std::string use = R"(mutations=[{"set": {"RUNTIME": "${parameters.used}"}}])";
        EXPECT_EQ(to_string(cell_mistakes(file, {parameters, use}, {}, known)), "") << axis;
    }
}

TEST_F(LoadingAMatrix, LooksAtSomeCellsOfVeryManyOnly) {
    std::string axes;
    for (int i = 0; i < 16; ++i) {
        axes += (i == 0 ? "" : ", ") + ("\"nodes.master.labels.x" + std::to_string(i)) + R"(": ["a", "b"])";
    }
    write("{\"axes\": {" + axes + R"(, "nodes.master.name": ["a", "b"]}, "limit": 1000000})");
    const auto some = some_cells(load_matrix_or_throw(file, {}), {}, 500);
    EXPECT_GT(some.size(), 450U);
    EXPECT_LE(some.size(), 500U);
    for (std::size_t column = 0; column < some.columns().size(); ++column) {
        std::set<std::uint32_t> seen;
        for (std::size_t i = 0; i < some.size(); ++i) seen.insert(some.at(i, column));
        EXPECT_EQ(seen.size(), 2U) << "each value is looked at";
    }
}

TEST_F(LoadingAMatrix, ShowsWhereTheMatrixItselfIsWrong) {
    write(R"({"axes": {"os": []}, "exclude": [{"oss": "x"}]})");
    EXPECT_THAT(error_of(), AllOf(HasSubstr("v.json:5:"), HasSubstr("$.matrix.axes.os"),
                                  HasSubstr("$.matrix.exclude[0].oss"), HasSubstr("there is no axis \"oss\"")));
}

TEST_F(LoadingAMatrix, SaysSoWhenThereIsNone) {
    write_file(file, R"({"name": "v"})");
    EXPECT_THAT(error_of(), HasSubstr("this scenario has no matrix"));
    std::filesystem::remove(file);
    EXPECT_THAT(error_of(), HasSubstr("there is no such file"));
}

TEST_F(LoadingAMatrix, LetsSetChangeTheMatrix) {
    write(R"({"axes": {"os": ["debian-12", "debian-13"]}})");
    EXPECT_EQ(load({R"(matrix.axes.os=["debian-13"])"}).size(), 1U);
}

// They were meant from the current folder, and a file meant other things from elsewhere.
class PathsInAMatrix : public LoadingAMatrix {
protected:
    const std::string here = folder.path().string();
    // In the current folder, and not in that of the file.
    const std::string old = "../" + std::filesystem::current_path().filename().string();

    void SetUp() override {
        LoadingAMatrix::SetUp();
        for (const auto* checkout : {"co", "base/co"}) {
            make_folder(folder.path() / checkout);
            write_file(folder.path() / checkout / "go.mod", "module x\n");
        }
        write_file(folder.path() / "s.sh", "echo here\n");
        write_file(folder.path() / "base/s.sh", "echo base\n");
    }

    void write_base(const std::string& matrix) {
        write(matrix);
        std::filesystem::rename(file, folder.path() / "base/b.json");
    }
};

TEST_F(PathsInAMatrix, AreMeantFromTheFolderOfItsFile) {
    write(R"({"axes": {"os": ["debian-13"], "components.cri-o": ["modules", "local:co"],
                       "components": [{"flannel": "local:base/../co"}]}})");
    const auto cells = load({"about=kept"});
    ASSERT_EQ(cells.size(), 2U);
    EXPECT_EQ(cells[1].assignment.at("components.cri-o"), "local:co") << "cells are called the same on each machine";
    EXPECT_EQ(cells[1].scenario.components.at("cri-o"), "local:" + here + "/co");
    EXPECT_EQ(cells[1].scenario.components.at("flannel"), "local:" + here + "/co");
    EXPECT_THAT(cells[1].sets, ElementsAre("about=kept", R"(components={"flannel":"local:)" + here + R"(/co"})",
                                           "components.cri-o=local:" + here + "/co", "os=debian-13"));
}

TEST_F(PathsInAMatrix, ToScriptsAreMeantSo) {
    write(R"({"axes": {"os": ["debian-13"], "mutations": [[{"replace": "nginx", "script": "s.sh"}]],
                       "mutations[0].script": ["s.sh", "base/s.sh"]}})");
    const auto cells = load();
    ASSERT_EQ(cells.size(), 2U);
    EXPECT_EQ(cells[0].scenario.mutations.at(0).script.str(), "echo here\n");
    EXPECT_EQ(cells[1].scenario.mutations.at(0).script.str(), "echo base\n");
    EXPECT_THAT(cells[1].sets, ElementsAre(R"(mutations=[{"replace":"nginx","script":")" + here + R"(/s.sh"}])",
                                           "mutations[0].script=" + here + "/base/s.sh", "os=debian-13"));
}

TEST_F(PathsInAMatrix, ThatAnotherFileHasAreMeantFromThatOnes) {
    write_base(R"({"axes": {"os": ["debian-13"], "components.cri-o": ["local:co"]}})");
    write_file(file, R"({"extends": "base/b.json", "matrix": {"include": [
                           {"os": "debian-12", "components.cri-o": "local:./co"}]}})");
    const auto cells = load();
    ASSERT_EQ(cells.size(), 2U);
    EXPECT_EQ(cells[0].scenario.components.at("cri-o"), "local:" + here + "/base/co");
    EXPECT_EQ(cells[1].scenario.components.at("cri-o"), "local:" + here + "/co");
}

TEST_F(PathsInAMatrix, MayNotMeanTwoFilesByOneText) {
    write_base(R"({"axes": {"os": ["debian-13"], "components.cri-o": ["local:co"]}})");
    write_file(file, R"({"extends": "base/b.json",
                         "matrix": {"include": [{"os": "debian-12", "components.cri-o": "local:co"}]}})");
    EXPECT_THAT(error_of(), AllOf(HasSubstr("v.json:2:"), HasSubstr("$.matrix.include[0][\"components.cri-o\"]"),
                                  HasSubstr("names another file than the same text elsewhere in the matrix")));
}

TEST_F(PathsInAMatrix, OfTheCommandLineAreMeantFromTheCurrentFolder) {
    write(R"({"axes": {"os": ["debian-13"]}})");
    const auto typed = std::filesystem::relative(folder.path() / "co").string();
    const auto cells = load({R"(matrix.axes={"os": ["debian-13"], "components.cri-o": ["local:)" + typed + R"("]})"});
    ASSERT_EQ(cells.size(), 1U);
    EXPECT_EQ(cells[0].scenario.components.at("cri-o"), "local:" + here + "/co");
    EXPECT_THAT(cells[0].sets, ::testing::Contains("components.cri-o=local:" + here + "/co"));
}

TEST_F(PathsInAMatrix, ThatLeadToNothingSayWhatTheyLedToBefore) {
    const auto before = "there is " + std::filesystem::current_path().string() +
                        ", but a path in a matrix is meant from the folder of its file, no longer from the current one";
    write(R"({"axes": {"os": ["debian-13"], "components.cri-o": ["local:)" + old + R"("]}})");
    EXPECT_THAT(error_of(), AllOf(HasSubstr("there is no folder "), HasSubstr(before)));
    write(R"({"axes": {"os": ["debian-13"], "mutations": [[{"replace": "nginx", "script": ")" + old + R"("}]]}})");
    EXPECT_THAT(error_of(), AllOf(HasSubstr("there is no file "), HasSubstr("from the folder of the scenario's file; "),
                                  HasSubstr(before)));
    write(R"({"axes": {"os": ["debian-13"], "components.cri-o": ["local:nowhere/at/all"]}})");
    EXPECT_THAT(error_of(), Not(HasSubstr("no longer")));
}

TEST_F(LoadingAMatrix, KnowsTheSingleValuesOfTheScenario) {
    write(R"({"axes": {"os": ["debian-12"]}})");
    const auto values = values_of(file, {"os=debian-13"});
    EXPECT_EQ(values.at("os"), "debian-13");
    EXPECT_EQ(values.at("versions.cri-o"), "1.36.3");
}

}  // namespace
}  // namespace crib::scenario
