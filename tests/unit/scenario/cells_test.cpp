#include "harness/scenario/cells.h"

#include "harness/scenario/cell_pattern.h"
#include "harness/scenario/matrix.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace crib::scenario {
namespace {

using ::testing::ContainsRegex;
using ::testing::ElementsAre;

std::vector<std::string> ids_of(const Cells& cells) {
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < cells.size(); ++i) ids.push_back(cells.id(i));
    return ids;
}

std::vector<std::string> ids_of(const std::vector<Axis>& axes, const std::vector<Assignment>& include = {}) {
    Matrix matrix;
    matrix.axes = axes;
    matrix.include = include;
    return ids_of(expand(matrix).cells);
}

TEST(CellId, IsItsValuesWhereTheySuffice) {
    EXPECT_THAT(ids_of({{"versions.kubernetes", {"1.36.3", "1.34.10"}}, {"os", {"debian-12"}}}),
                ElementsAre("debian-12,1.36.3", "debian-12,1.34.10"));
}

TEST(CellId, HasADigestWhereTheValuesDoNotSuffice) {
    const auto ids = ids_of({{"components.cri-o", {"modules", "local:../cri-o", "local:/cri-o"}}});
    EXPECT_EQ(ids[0], "modules");
    EXPECT_THAT(ids[1], ContainsRegex("^local-cri-o~[0-9a-f]{12}$|^local-..-cri-o~[0-9a-f]{12}$"));
    EXPECT_NE(ids[1], ids[2]);
    const std::string long_value(200, 'x');
    EXPECT_LT(ids_of({{"a", {long_value}}, {"b", {long_value}}, {"c", {long_value}}})[0].size(), 80U);
    EXPECT_THAT(ids_of(std::vector<Axis>{{"labels", {""}}})[0], ContainsRegex("^~[0-9a-f]{12}$"));
}

TEST(CellId, TellsValuesOfDifferentAxesApart) {
    const auto ids = ids_of({{"a", {"x", "x,y"}}, {"b", {"y", "x,y"}}}, {{{"a", "x"}}, {{"b", "x"}}, {{"c", "x"}}});
    EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), ids.size());
}

TEST(CellId, DoesNotDependOnTheOrderOfAxesAndValues) {
    const auto one = ids_of({{"os", {"a", "b"}}, {"runtime", {"crun", "runc"}}});
    const auto other = ids_of({{"runtime", {"runc", "crun"}}, {"os", {"b", "a"}}});
    EXPECT_EQ(std::set<std::string>(one.begin(), one.end()), std::set<std::string>(other.begin(), other.end()));
}

TEST(CellId, StaysWhenAnAxisGetsAnotherValueOrACellIsIncluded) {
    const auto before = ids_of({{"os", {"a", "b b"}}, {"runtime", {"crun"}}}, {{{"os", "c"}}});
    const auto after =
        ids_of({{"os", {"new", "a", "b b"}}, {"runtime", {"crun", "new"}}}, {{{"z", "1"}}, {{"os", "c"}}});
    for (const auto& id : before) EXPECT_THAT(after, ::testing::Contains(id));
}

TEST(CellId, OfAnIncludedCellStaysWhenOnlyItIsChosen) {
    Matrix matrix;
    matrix.axes = {{"os", {"a", "b"}}, {"runtime", {"crun"}}};
    matrix.include = {{{"os", "c"}, {"runtime", "runc"}}};
    const auto all = ids_of(expand(matrix).cells);
    EXPECT_THAT(ids_of(expand(matrix, parse_only("os=c")).cells), ElementsAre(all.back()));
    EXPECT_EQ(all.back(), "c,runc");
}

TEST(StableHash, IsTheSameOnEveryMachine) {
    // Shards and samples of other machines and of yesterday depend on it.
    EXPECT_NE(stable_hash(0, "a"), stable_hash(1, "a"));
    EXPECT_EQ(stable_hash(1, "debian-12,1.36.3"), 0xb6f7cfbca9bbca13U);
}

}  // namespace
}  // namespace crib::scenario
