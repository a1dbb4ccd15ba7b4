// What is told of the values and paths of a matrix before any cell is made.

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/scenario/matrix_load.h"
#include "tests/unit/scenario/scenario_text.h"

#include <gmock/gmock.h>

namespace crib::scenario {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class MatrixValues : public ::testing::Test {
protected:
    TempFolder folder{std::filesystem::temp_directory_path(), "crib-test"};
    std::filesystem::path file = folder.path() / "s.json";
    Known offered = known();

    void write(const std::string& text) { write_file(file, text); }

    std::string problems() {
        const auto text = to_string(load_with_matrix(file, {}, offered).diagnostics);
        return text.empty() ? "" : text.substr(text.find("s.json"));
    }

    // Of "axes": {...}, and what stands behind them.
    std::string problems_with(const std::string& axes, const std::string& more = {}) {
        write(with(R"("matrix": {"axes": )" + axes + more + "}"));
        return problems();
    }

    std::string refusal() {
        try {
            require_sound_cells(file, {}, offered);
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage);
            return error.what();
        }
        return "none";
    }
};

TEST_F(MatrixValues, ThatAreGoodAreNotComplainedOf) {
    EXPECT_EQ(problems_with(R"({"os": ["debian-12", "debian-13"], "nodes.master.memory": ["2GiB", "3GiB"]})",
                            R"(, "expect": [{"fails-at": "kubeadm-init", "node": "master"}])"),
              "");
    EXPECT_EQ(refusal(), "none");
}

TEST_F(MatrixValues, ThatArePathsAreLookedForFromTheFolderOfTheirFile) {
    make_folder(folder.path() / "co");
    write_file(folder.path() / "co/go.mod", "module x\n");
    EXPECT_EQ(problems_with(R"({"os": ["debian-13"], "components.cri-o": ["modules", "local:co"]})"), "");
    EXPECT_EQ(refusal(), "none");
    EXPECT_THAT(
        problems_with(R"({"os": ["debian-13"], "components.cri-o": ["modules", "local:nope"]})"),
        HasSubstr("$.matrix.axes[\"components.cri-o\"][1]: there is no folder " + folder.path().string() + "/nope"));
}

TEST_F(MatrixValues, ThatNobodyKnowsAreToldWhereTheyStandWithTheNearestWord) {
    EXPECT_THAT(problems_with(R"({"os": ["debian-13", "debian-14"]})"),
                AllOf(StartsWith("s.json:5:43: $.matrix.axes.os[1]: unknown node image \"debian-14\""),
                      HasSubstr("did you mean \"debian-12\"?"), Not(HasSubstr("--set"))));
    EXPECT_EQ(refusal().substr(refusal().find("s.json")), problems());
}

TEST_F(MatrixValues, OfOneThingByTwoWaysOfNamingItAreRefused) {
    EXPECT_THAT(problems_with(R"({"nodes.worker.count": [1, 2], "nodes[1].count": [1, 2]})"),
                StartsWith("s.json:5:53: $.matrix.axes[\"nodes[1].count\"]: is the same value as "
                           "\"nodes.worker.count\"\n    keep one of them"));
    EXPECT_EQ(refusal().substr(refusal().find("s.json")), problems());
    EXPECT_THAT(problems_with(R"({"nodes[1]": [{"name": "worker", "role": "worker"}], "nodes.worker.count": [1, 2]})"),
                HasSubstr("$.matrix.axes[\"nodes.worker.count\"]: has no effect: \"nodes[1]\", which it is in, is set "
                          "after it"));
    EXPECT_THAT(problems_with(R"({"os": ["debian-12"]})", R"(, "include": [{"os": "debian-13", "nodes.1.vcpus": 3,
                                                                              "nodes[1].vcpus": 4}])"),
                HasSubstr("$.matrix.include[0][\"nodes[1].vcpus\"]: is the same value as \"nodes.1.vcpus\""));
}

TEST_F(MatrixValues, OfAParameterByItsShortAndItsWholeNameAreRefused) {
    write(with(R"("parameters": {"runtime": {"default": "crun"}},
                  "matrix": {"axes": {"runtime": ["a", "b"], "parameters.runtime": ["a", "b"]}})"));
    EXPECT_THAT(problems(), HasSubstr("is the same value as"));
}

TEST_F(MatrixValues, OfAWholeAndOfAPartThatIsSetAfterItAreFine) {
    EXPECT_EQ(problems_with(R"({"nodes.worker": [{"name": "worker", "role": "worker"}], "nodes[1].count": [1, 2]})"),
              "");
}

TEST_F(MatrixValues, ThatAreNullAreRefused) {
    write(with(
        R"("matrix": {"axes": {"about": ["a", null]}, "exclude": [{"about": null}], "include": [{"about": null}]})"));
    EXPECT_THAT(problems(), AllOf(HasSubstr("$.matrix.axes.about[1]: null is no value"),
                                  HasSubstr("$.matrix.exclude[0].about: null is no value"),
                                  HasSubstr("$.matrix.include[0].about: null is no value")));
}

TEST_F(MatrixValues, ThatAreWrongAreAllToldAtOnce) {
    const auto text = problems_with(R"({"os": ["debian-14", "debian-31"], "nodes.master.memory": ["4Gib", "3GiB"]})",
                                    R"(, "include": [{"os": "debain-13"}], "expect": [{"fails-at": "kubeadm-intt"}])");
    EXPECT_THAT(text, AllOf(HasSubstr("$.matrix.axes.os[0]: "), HasSubstr("$.matrix.axes.os[1]: ")));
    EXPECT_THAT(text, HasSubstr("$.matrix.axes[\"nodes.master.memory\"][0]: \"4Gib\" is not an amount of memory"));
    EXPECT_THAT(text, HasSubstr("$.matrix.include[0].os: unknown node image \"debain-13\""));
    EXPECT_THAT(text, HasSubstr("$.matrix.expect[0].fails-at: no step and no check of this scenario is called "
                                "\"kubeadm-intt\"\n    did you mean \"kubeadm-init\"?"));
}

TEST_F(MatrixValues, OfAMisspeltPathAreToldOnceAtThePath) {
    const auto text = problems_with(R"({"version.kubernetes": ["1.36.2", "1.36.3"]})");
    EXPECT_EQ(text,
              "s.json:5:23: $.matrix.axes[\"version.kubernetes\"]: unknown key \"version\"\n"
              "    did you mean \"versions\"?");
    EXPECT_THAT(problems_with(R"({"nodes.mastr.memory": ["3GiB", "4GiB"]})"),
                HasSubstr("$.matrix.axes[\"nodes.mastr.memory\"]: $.nodes has no element \"mastr\"\n    did you mean "
                          "\"master\"?"));
    EXPECT_THAT(problems_with(R"({"nodes.master.memroy": ["3GiB", "4GiB"]})"), HasSubstr("did you mean \"memory\"?"));
}

TEST_F(MatrixValues, AreToldByWhatTheyBreakElsewhere) {
    std::string text = with(R"("parameters": {"system": {"default": "debian-13"}},
      "matrix": {"axes": {"parameters.system": ["debian-13", "debian-14"]}})");
    text.replace(text.find("\"debian-13\""), 11, "\"${parameters.system}\"");
    write(text);
    EXPECT_THAT(problems(), HasSubstr("$.matrix.axes[\"parameters.system\"][1]: with this, $.os: unknown node image"));
}

TEST_F(MatrixValues, AreToldInsideAValueOfMoreThanOneWord) {
    EXPECT_THAT(problems_with(R"({"mutations": [[], [{"skip": "swap-of"}]]})"),
                StartsWith("s.json:5:51: $.matrix.axes.mutations[1][0].skip: unknown step"));
}

TEST_F(MatrixValues, MayNeedAValueOfAnotherAxis) {
    offered.recipes.emplace_back("other");
    offered.recipe_names["other"] = {{"own-step"}, {}, {"kubernetes", "cri-o", "flannel"}};
    const std::string axes =
        R"({"recipe": ["crio-kubeadm-flannel", "other"], "mutations": [[], [{"skip": "own-step"}]]})";
    EXPECT_EQ(problems_with(axes, R"(, "expect": [{"when": {"recipe": "other"}, "fails-at": "own-step"}])"), "");
    EXPECT_THAT(problems_with(axes, R"(, "expect": [{"when": {"recipe": "crio-*"}, "fails-at": "own-step"}])"),
                StartsWith("s.json:5:166: $.matrix.expect[0].fails-at: "))
        << "no cell that it is of has such a step";
}

TEST_F(MatrixValues, ThatAreGoodAndDoNotGoTogetherAreLeftToTheRules) {
    EXPECT_EQ(problems_with(R"({"nodes.worker.versions.kubernetes": ["1.36.2", "1.36.3"],
                                "versions.kubernetes": ["1.36.2", "1.36.3"]})"),
              "");
    offered.versions["kubernetes"].emplace_back("1.37.0");
    EXPECT_EQ(problems_with(R"({"nodes.worker.versions.kubernetes": ["1.36.2", "1.37.0"]})"), "");
}

TEST_F(MatrixValues, ThatAreVersionsAreWrongOnlyWhenNobodyHasThem) {
    offered.resolve_version = [](const WantedVersion& wanted) -> Resolved {
        if (wanted.written == "1.20") return {{}, "not to be had from there", {}, true};
        if (wanted.written == "lastest") return {{}, "no such version", "did you mean \"latest\"?"};
        return {wanted.written, {}, {}};
    };
    EXPECT_EQ(problems_with(R"({"versions.kubernetes": ["1.20", "1.36.3"]})"), "");
    EXPECT_THAT(problems_with(R"({"versions.kubernetes": ["1.20", "lastest"]})"),
                AllOf(HasSubstr("$.matrix.axes[\"versions.kubernetes\"][1]: no such version"),
                      HasSubstr("did you mean \"latest\"?"), Not(HasSubstr("1.20"))));
    EXPECT_EQ(problems_with(R"({"versions.kubernetes": ["1.99.0"], "components.kubernetes": ["modules", "upstream"]})"),
              "")
        << "a publisher may have it";
}

TEST_F(MatrixValues, MayPutRightWhatTheScenarioLacksAndNothingElse) {
    std::string text = with(R"("matrix": {"axes": {"os": ["debian-12", "debian-13"]}})");
    write(text.erase(text.find("\"os\""), 18));
    EXPECT_EQ(refusal(), "none");
    EXPECT_THAT(problems(), HasSubstr("no \"os\" is given")) << "alone it cannot be run";
    write(text.replace(text.find("2300MiB"), 7, "1MiB"));
    EXPECT_THAT(refusal(), AllOf(HasSubstr("$.nodes[0].memory: 1 MiB is less than"), Not(HasSubstr("no \"os\""))));
}

}  // namespace
}  // namespace crib::scenario
