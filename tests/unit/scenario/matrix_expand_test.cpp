#include "harness/scenario/matrix.h"

#include "harness/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace crib::scenario {
namespace {

unsigned below(std::mt19937& random, unsigned limit) {
    return static_cast<unsigned>(random() % limit);
}

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> ids_of(const Cells& cells) {
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < cells.size(); ++i) ids.push_back(cells.id(i));
    return ids;
}

std::string error_of(const Matrix& matrix, const std::string& only = {}) {
    try {
        (void)expand(matrix, only.empty() ? CellPattern{} : parse_only(only));
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        return std::string(error.what()) + " / " + error.hint();
    }
    return "no error";
}

class Expanding : public ::testing::Test {
protected:
    Matrix matrix;
    void SetUp() override {
        matrix.axes = {{"os", {"debian-12", "debian-13"}}, {"versions.kubernetes", {"1.34.10", "1.36.3"}}};
    }
};

TEST_F(Expanding, MakesACellOfEachCombination) {
    const auto cells = expand(matrix).cells;
    EXPECT_THAT(ids_of(cells),
                ElementsAre("debian-12,1.34.10", "debian-12,1.36.3", "debian-13,1.34.10", "debian-13,1.36.3"));
    EXPECT_THAT(sets_of(cells.assignment(1)), ElementsAre("os=debian-12", "versions.kubernetes=1.36.3"));
}

TEST_F(Expanding, LeavesExcludedCellsOutAndSaysWhy) {
    matrix.exclude = {{{{"os", {"debian-12"}}, {"versions.kubernetes", {"1.34.*"}}}, "never worked"},
                      {{{"os", {"debian-11"}}}, ""}};
    const auto result = expand(matrix);
    EXPECT_EQ(result.cells.size(), 3U);
    EXPECT_THAT(ids_of(result.excluded.cells), ElementsAre("debian-12,1.34.10"));
    EXPECT_EQ(result.excluded.of(0), std::vector<std::string>{"never worked"});
    EXPECT_THAT(result.notes, ElementsAre("matrix.exclude[1] matches no cell"));
}

TEST_F(Expanding, TakesValuesThatMeanTheSameForOne) {
    matrix.axes = {{"nodes.worker.memory", {"1GiB", "1024MiB", "2GiB"}}};
    ExpandHooks hooks;
    hooks.meaning = [](const std::string&, const std::string& value) { return value == "1024MiB" ? "1GiB" : value; };
    const auto result = expand(matrix, {}, hooks);
    EXPECT_THAT(ids_of(result.cells), ElementsAre("1GiB", "2GiB"));
    EXPECT_THAT(result.notes, ElementsAre("nodes.worker.memory: 1024MiB is 1GiB, which is listed already"));
    hooks.meaning = [](const std::string&, const std::string& value) { return value == "2GiB" ? "2" : "1"; };
    matrix.exclude = {{{{"nodes.worker.memory", {"1024MiB"}}}, ""}};
    EXPECT_THAT(ids_of(expand(matrix, {}, hooks).cells), ElementsAre("2GiB")) << "a rule may write it otherwise, too";
}

TEST_F(Expanding, LeavesIllegalCellsOutAndListsTheirReasons) {
    ExpandHooks hooks;
    hooks.illegal = [](const Assignment& cell) -> std::vector<std::string> {
        if (cell.at("os") == "debian-12" && cell.at("versions.kubernetes") == "1.36.3") return {"kernel", "cgroup v1"};
        return {};
    };
    const auto result = expand(matrix, {}, hooks);
    EXPECT_EQ(result.cells.size(), 3U);
    ASSERT_THAT(ids_of(result.excluded.cells), ElementsAre("debian-12,1.36.3"));
    EXPECT_THAT(result.excluded.of(0), ElementsAre("kernel", "cgroup v1"));
}

TEST_F(Expanding, SaysOfAnExclusionThatMatchesNoCellEvenWhereEachOfItsPathsIsThere) {
    matrix.exclude = {{{{"os", {"debian-1*"}}, {"versions.kubernetes", {"1.34.10"}}}, ""},
                      {{{"os", {"debian-12"}}}, "covers the first one"},
                      {{{"os", {"debian-12"}}, {"versions.kubernetes", {"1.35.*"}}}, ""},
                      {{{"recipe", {"*"}}}, "only an included cell has that"}};
    matrix.include = {{{"recipe", "containerd"}}};
    EXPECT_THAT(idle_exclusions(matrix), ElementsAre(2U, 3U));
    EXPECT_THAT(expand(matrix).notes,
                ElementsAre("matrix.exclude[2] matches no cell", "matrix.exclude[3] matches no cell"));
}

TEST_F(Expanding, AddsIncludedCellsEvenWhereTheyAreExcluded) {
    matrix.exclude = {{{{"os", {"debian-12"}}}, ""}};
    matrix.include = {{{"os", "debian-12"}, {"versions.kubernetes", "1.36.3"}},
                      {{"os", "debian-13"}, {"versions.kubernetes", "1.36.3"}},
                      {{"os", "debian-13"}, {"versions.kubernetes", "1.35.6"}}};
    const auto result = expand(matrix);
    EXPECT_THAT(ids_of(result.cells),
                ElementsAre("debian-13,1.34.10", "debian-13,1.36.3", "debian-12,1.36.3", "debian-13,1.35.6"));
    EXPECT_THAT(result.notes, ElementsAre(HasSubstr("there already")));
}

TEST_F(Expanding, ResolvesRelativeNamesFirstAndMergesWhatIsTheSame) {
    matrix.axes[1].values = {"latest", "1.36.3", "latest-1"};
    matrix.exclude = {{{{"os", {"debian-12"}}, {"versions.kubernetes", {"latest-1"}}}, ""}};
    matrix.expect = {{{{"versions.kubernetes", {"latest"}}}, {"kubeadm-init", "", "", ""}}};
    ExpandHooks hooks;
    hooks.resolve = [](const std::string&, const std::string& value) {
        return value == "latest" ? "1.36.3" : value == "latest-1" ? "1.35.6" : value;
    };
    const auto result = expand(matrix, parse_only("versions.kubernetes=latest,versions.kubernetes=1.35.*"), hooks);
    EXPECT_THAT(ids_of(result.cells), ElementsAre("debian-12,1.36.3", "debian-13,1.36.3", "debian-13,1.35.6"));
    EXPECT_THAT(result.notes, ElementsAre("versions.kubernetes: 1.36.3 is listed twice"));
    std::vector<std::string> notes;
    const auto exact = resolved(matrix, hooks, notes);
    EXPECT_NE(expected_of(exact, result.cells.assignment(0)), nullptr);
    EXPECT_EQ(expected_of(exact, result.cells.assignment(2)), nullptr);
}

TEST_F(Expanding, TakesTheFirstExpectationThatMatches) {
    matrix.expect = {{{{"os", {"debian-12"}}}, {"install-crio", "", "", ""}}, {{}, {"kubeadm-init", "", "", ""}}};
    EXPECT_EQ(expected_of(matrix, {{"os", "debian-12"}})->fails_at, "install-crio");
    EXPECT_EQ(expected_of(matrix, {{"os", "debian-13"}})->fails_at, "kubeadm-init");
}

TEST_F(Expanding, NarrowsTheAxesByOnly) {
    EXPECT_THAT(ids_of(expand(matrix, parse_only("os=debian-13,versions.kubernetes=1.36.*")).cells),
                ElementsAre("debian-13,1.36.3"));
    EXPECT_THAT(error_of(matrix, "oss=debian-13"), HasSubstr("did you mean os?"));
    EXPECT_THAT(error_of(matrix, "os=debian-14"), HasSubstr("there are debian-12, debian-13"));
    EXPECT_THAT(error_of(matrix, "os"), HasSubstr("is not PATH=PATTERN"));
}

TEST_F(Expanding, OnlyAnIncludedCellsOwnPathChoosesJustThatCell) {
    matrix.include = {{{"os", "debian-13"}, {"recipe", "containerd"}}};
    EXPECT_EQ(expand(matrix, parse_only("recipe=containerd")).cells.size(), 1U);
}

TEST_F(Expanding, RefusesAnExplosionWithItsArithmeticBeforeAnythingIsMade) {
    matrix.axes.clear();
    for (int i = 0; i < 12; ++i) {
        matrix.axes.push_back({"a" + std::to_string(i), {}});
        for (int j = 0; j < 1000; ++j) matrix.axes.back().values.push_back(std::to_string(j));
    }
    EXPECT_THAT(error_of(matrix), HasSubstr("a0 1000 x a1 1000 x a2 1000"));
    EXPECT_THAT(error_of(matrix), HasSubstr("= more than 18 446 744 073 709 551 615 cells; the limit is 100 000"));
    matrix.axes.resize(2);
    EXPECT_THAT(error_of(matrix), HasSubstr("the matrix is too large: a0 1000 x a1 1000 = 1 000 000 cells"));
    EXPECT_EQ(expand(matrix, parse_only("a0=10*")).cells.size(), 11'000U) << "what is asked for alone is few enough";
}

TEST(Sampling, ChangesByOneCellAtMostWhenACellIsAdded) {
    Matrix matrix;
    matrix.axes = {{"a", {}}};
    for (int i = 0; i < 200; ++i) matrix.axes[0].values.push_back(std::to_string(i));
    const auto before = ids_of(sample(expand(matrix).cells, 20, 7));
    EXPECT_EQ(before.size(), 20U);
    matrix.axes[0].values.push_back("200");
    auto after = ids_of(sample(expand(matrix).cells, 20, 7));
    std::size_t same = 0;
    for (const auto& id : before) same += static_cast<std::size_t>(std::ranges::count(after, id));
    EXPECT_GE(same, 19U);
    EXPECT_NE(before, ids_of(sample(expand(matrix).cells, 20, 8)));
    EXPECT_EQ(sample(expand(matrix).cells, 500, 7).size(), 201U);
}

TEST(Expansion, OfMoreValuesThanCanBeHeldIsRefusedBeforeAnyCellIsMade) {
    Matrix matrix;
    matrix.limit = 1'000'000;
    for (int i = 0; i < 17; ++i) matrix.axes.push_back({"axis" + std::to_string(i), {"a", "b"}});
    const auto problem = problem_with_size(matrix);
    ASSERT_TRUE(problem);
    EXPECT_THAT(problem->message, HasSubstr("= 131 072 cells of 17 values each; crib holds 2 000 000 values"));
    EXPECT_THROW((void)expand(matrix), Error);
    matrix.axes.resize(16);
    EXPECT_FALSE(problem_with_size(matrix));
}

TEST(ASearchForACell, MakesNoneAndEndsAtTheFirst) {
    Matrix matrix;
    for (int i = 0; i < 17; ++i) matrix.axes.push_back({"axis" + std::to_string(i), {"a", "b"}});
    std::size_t asked = 0;
    ExpandHooks hooks;
    hooks.illegal = [&](const Assignment& cell) -> std::vector<std::string> {
        ++asked;
        return cell.at("axis0") == "a" && asked < 10 ? std::vector<std::string>{"no"} : std::vector<std::string>{};
    };
    EXPECT_EQ(has_cell(matrix, hooks), true);
    EXPECT_EQ(asked, 10U);
    hooks.illegal = [&](const Assignment&) -> std::vector<std::string> { return {"no"}; };
    EXPECT_EQ(has_cell(matrix, hooks), std::nullopt) << "there are too many to ask about each";
    matrix.axes.resize(2);
    EXPECT_EQ(has_cell(matrix, hooks), false);
    matrix.exclude = {{{{"axis0", {"*"}}}, ""}};
    EXPECT_EQ(has_cell(matrix, {}), false);
    matrix.include = {{{"axis0", "a"}}};
    EXPECT_EQ(has_cell(matrix, {}), true);
}

TEST(IdleRules, AreThoseThatFitNoCell) {
    Matrix matrix;
    matrix.axes = {{"os", {"debian-12", "debian-13"}}, {"runtime", {"crun", "runc"}}};
    matrix.include = {{{"os", "rocky-9"}}};
    matrix.expect = {{{{"os", {"debian-1*"}}, {"runtime", {"crun"}}}, {}},
                     {{{"os", {"rocky-9"}}}, {}},
                     {{{"os", {"rocky-9"}}, {"runtime", {"crun"}}}, {}},
                     {{{"os", {"fedora", "ubuntu-*"}}}, {}},
                     {{}, {}}};
    EXPECT_EQ(idle_expectations(matrix), (std::vector<std::size_t>{2, 3}));
}

// Random matrices: the same cells and ids in whatever order axes and values are written.
TEST(ExpansionProperty, TheOrderOfTheTextChangesNoCell) {
    for (unsigned seed = 0; seed < 50; ++seed) {
        std::mt19937 random(seed);
        Matrix matrix;
        const auto axes = 1 + below(random, 4);
        for (unsigned a = 0; a < axes; ++a) {
            Axis axis{"axis" + std::to_string(a), {}};
            const auto values = 1 + below(random, 5);
            for (unsigned v = 0; v < values; ++v)
                axis.values.push_back((below(random, 3) != 0 ? "v" : "v /") + std::to_string(v));
            matrix.axes.push_back(axis);
        }
        matrix.exclude = {{{{"axis0", {"*1"}}}, "one"}};
        matrix.include = {{{"axis0", "v1"}}, {{"other", "x"}}};
        auto shuffled = matrix;
        std::ranges::shuffle(shuffled.axes, random);
        for (auto& axis : shuffled.axes) std::ranges::shuffle(axis.values, random);
        std::ranges::reverse(shuffled.include);
        auto one = ids_of(expand(matrix).cells);
        auto other = ids_of(expand(shuffled).cells);
        std::ranges::sort(one);
        std::ranges::sort(other);
        EXPECT_EQ(one, other) << "seed " << seed;
        EXPECT_EQ(std::ranges::adjacent_find(one), one.end()) << "two cells of one id, seed " << seed;
    }
}

}  // namespace
}  // namespace crib::scenario
