#include "harness/scenario/pairwise.h"

#include "harness/scenario/matrix.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>
#include <tuple>

namespace crib::scenario {
namespace {

unsigned below(std::mt19937& random, unsigned limit) {
    return static_cast<unsigned>(random() % limit);
}

using Pair = std::tuple<std::string, std::string, std::string, std::string>;

// Found out in another way than pairwise does: from the texts.
std::set<Pair> pairs_in(const Cells& cells) {
    std::set<Pair> pairs;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const auto cell = cells.assignment(i);
        for (const auto& [path_a, a] : cell) {
            for (const auto& [path_b, b] : cell) {
                if (path_a < path_b) pairs.emplace(path_a, a, path_b, b);
            }
        }
    }
    return pairs;
}

Matrix matrix_of(const std::vector<unsigned>& sizes) {
    Matrix matrix;
    for (std::size_t a = 0; a < sizes.size(); ++a) {
        matrix.axes.push_back({"axis" + std::to_string(a), {}});
        for (unsigned v = 0; v < sizes[a]; ++v) matrix.axes.back().values.push_back(std::to_string(v));
    }
    return matrix;
}

TEST(PairwiseCells, AreFewAndCoverAllPairs) {
    const auto cells = expand(matrix_of({2, 3, 2})).cells;
    const auto few = pairwise(cells, 1);
    EXPECT_EQ(few.of, 12U);
    EXPECT_EQ(few.pairs, 16U);
    EXPECT_EQ(few.cells.size(), 6U) << "3 x 2 pairs need six";
    EXPECT_EQ(pairs_in(few.cells), pairs_in(cells));
    EXPECT_LE(pairwise(expand(matrix_of({3, 3, 3, 3})).cells, 1).cells.size(), 12U) << "nine at best";
    EXPECT_LE(pairwise(expand(matrix_of({2, 2, 2, 2, 2, 2, 2, 2, 2, 2})).cells, 1).cells.size(), 10U);
}

TEST(PairwiseCells, OfOneAxisAreAll) {
    EXPECT_EQ(pairwise(expand(matrix_of({5})).cells, 1).cells.size(), 5U);
}

TEST(PairwiseCells, KeepWhatWasIncluded) {
    auto matrix = matrix_of({2, 2, 2});
    matrix.include = {{{"axis0", "9"}, {"axis1", "0"}, {"axis2", "0"}}, {{"other", "x"}}};
    const auto few = pairwise(expand(matrix).cells, 1);
    EXPECT_EQ(few.cells.size(), 4U + 2U);
}

// Random axes, exclusions and seeds.
TEST(PairwiseProperty, EveryLegalPairIsCoveredAndNoCellIsNeedless) {
    for (unsigned seed = 0; seed < 60; ++seed) {
        std::mt19937 random(seed);
        std::vector<unsigned> sizes(2 + below(random, 4));
        for (auto& size : sizes) size = 1 + below(random, 5);
        auto matrix = matrix_of(sizes);
        for (unsigned i = below(random, 4); i > 0; --i) {
            matrix.exclude.push_back(
                {{{"axis0", {std::to_string(below(random, 5))}}, {"axis1", {std::to_string(below(random, 5))}}}, ""});
        }
        ExpandHooks hooks;
        const auto salt = random();
        hooks.illegal = [&](const Assignment& cell) -> std::vector<std::string> {
            if (stable_hash(salt, to_string(cell)) % 4 == 0) return {"bad luck"};
            return {};
        };
        const auto cells = expand(matrix, {}, hooks).cells;
        const auto few = pairwise(cells, seed);
        ASSERT_EQ(pairs_in(few.cells), pairs_in(cells)) << "seed " << seed;
        EXPECT_EQ(few.pairs, pairs_in(cells).size());
        EXPECT_LE(few.cells.size(), cells.size());
    }
}

TEST(PairwiseProperty, TheChoiceIsTheSeedsAndNotTheOrders) {
    auto matrix = matrix_of({3, 4, 2, 3});
    const auto ids = [](const Pairwise& few) {
        std::set<std::string> set;
        for (std::size_t i = 0; i < few.cells.size(); ++i) set.insert(few.cells.id(i));
        return set;
    };
    const auto one = ids(pairwise(expand(matrix).cells, 5));
    EXPECT_EQ(one, ids(pairwise(expand(matrix).cells, 5)));
    EXPECT_NE(one, ids(pairwise(expand(matrix).cells, 6)));
    std::ranges::reverse(matrix.axes);
    for (auto& axis : matrix.axes) std::ranges::reverse(axis.values);
    EXPECT_EQ(one, ids(pairwise(expand(matrix).cells, 5)));
}

}  // namespace
}  // namespace crib::scenario
