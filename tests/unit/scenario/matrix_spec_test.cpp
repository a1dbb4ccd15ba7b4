#include "harness/scenario/matrix_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crib::scenario {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string problem_with(const std::string& json) {
    const auto problems = read_matrix(json).problems;
    if (problems.size() != 1) return "not one problem but " + std::to_string(problems.size());
    return problems[0].path + ": " + problems[0].message + " (" + problems[0].hint + ")";
}

TEST(MatrixText, IsReadWithAllItCanSay) {
    const auto read = read_matrix(R"({
        "axes": {"os": ["debian-12", "debian-13"], "nodes.worker.count": [1, 2], "internet": [true]},
        "exclude": [{"os": "debian-12", "nodes.worker.count": [1, "2*"], "why": "too old"}],
        "include": [{"os": "debian-11"}],
        "expect": [{"when": {"os": "debian-11"}, "fails-at": "install-crio", "message": "no such package", "why": "gone"}],
        "limit": 2000})");
    ASSERT_THAT(read.problems, IsEmpty());
    const auto& matrix = read.matrix;
    ASSERT_EQ(matrix.axes.size(), 3U);
    EXPECT_EQ(matrix.axes[0].path, "os") << "in the order of the text";
    EXPECT_THAT(matrix.axes[1].values, ElementsAre("1", "2"));
    EXPECT_THAT(matrix.axes[2].values, ElementsAre("true"));
    EXPECT_THAT(matrix.exclude.at(0).when.at("nodes.worker.count"), ElementsAre("1", "2*"));
    EXPECT_EQ(matrix.exclude.at(0).why, "too old");
    EXPECT_EQ(matrix.include.at(0).at("os"), "debian-11");
    EXPECT_EQ(matrix.expect.at(0).expect.fails_at, "install-crio");
    EXPECT_EQ(matrix.limit, 2000U);
}

TEST(MatrixText, TellsEveryMistakeAtOnceWithItsPlace) {
    const auto read = read_matrix(R"({"axes": {"os": []}, "exclude": [{"oss": "x"}], "limit": 0, "inlcude": []})");
    std::vector<std::string> paths;
    for (const auto& problem : read.problems) paths.push_back(problem.path);
    EXPECT_THAT(paths,
                ElementsAre("$.matrix.inlcude", "$.matrix.axes.os", "$.matrix.limit", "$.matrix.exclude[0].oss"));
    EXPECT_THAT(read.problems[0].hint, HasSubstr("include"));
    EXPECT_THAT(read.problems[3].hint, HasSubstr("\"os\""));
}

TEST(MatrixText, CallsNoCellAsNoFileCanBeCalled) {
    EXPECT_THAT(problem_with(R"({"axes": {"parameters.x": ["a", "."]}})"),
                AllOf(HasSubstr("$.matrix.axes[\"parameters.x\"][1]"), HasSubstr("no cell can be called \".\"")));
    EXPECT_THAT(problem_with(R"({"axes": {"about": [".."]}})"), HasSubstr("no cell can be called \"..\""));
    EXPECT_THAT(read_matrix(R"({"axes": {"about": [".", "..."], "os": ["debian-13"]}})").problems, IsEmpty());
}

TEST(MatrixText, RefusesWhatNoMatrixCanBe) {
    EXPECT_THAT(problem_with("{"), HasSubstr("not valid JSON"));
    EXPECT_THAT(problem_with("[]"), HasSubstr("must be an object"));
    EXPECT_THAT(problem_with("{}"), HasSubstr("\"axes\" is missing"));
    EXPECT_THAT(problem_with(R"({"axes": {}})"), HasSubstr("needs an axis"));
    EXPECT_THAT(problem_with(R"({"axes": {"matrix.limit": [1]}})"), HasSubstr("cannot differ between the cells"));
    EXPECT_THAT(problem_with(R"({"axes": {"os": ["a"]}, "exclude": [{"why": "x"}]})"), HasSubstr("every cell"));
    EXPECT_THAT(problem_with(R"({"axes": {"os": ["a"]}, "include": [{}]})"), HasSubstr("needs a value"));
    EXPECT_THAT(problem_with(R"({"axes": {"os": ["a"]}, "expect": [{"when": {"os": "a"}}]})"),
                HasSubstr("\"fails-at\" is missing"));
    EXPECT_THAT(problem_with(R"({"axes": {"os": ["a"]}, "limit": -1})"), HasSubstr("at least 1"));
}

}  // namespace
}  // namespace crib::scenario
