#include "harness/scenario/shard.h"

#include "harness/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <random>

namespace crib::scenario {
namespace {

unsigned below(std::mt19937& random, unsigned limit) {
    return static_cast<unsigned>(random() % limit);
}

std::vector<TimedCell> random_cells(unsigned count, unsigned seed) {
    std::mt19937 random(seed);
    std::vector<TimedCell> cells;
    for (unsigned i = 0; i < count; ++i) {
        cells.push_back({"cell-" + std::to_string(seed) + "-" + std::to_string(i), 100.0 + below(random, 400)});
    }
    return cells;
}

std::map<std::string, unsigned> by_id(const std::vector<TimedCell>& cells, unsigned shards) {
    const auto split = split_by_time(cells, shards);
    std::map<std::string, unsigned> result;
    for (std::size_t i = 0; i < cells.size(); ++i) result[cells[i].id] = split[i];
    return result;
}

double moved(const std::map<std::string, unsigned>& before, const std::map<std::string, unsigned>& after) {
    const auto count =
        std::ranges::count_if(before, [&](const auto& cell) { return after.at(cell.first) != cell.second; });
    return static_cast<double>(count) / static_cast<double>(before.size());
}

TEST(Shards, AreAskedForByNumberAndCount) {
    EXPECT_EQ(parse_shard("2/5").number, 2U);
    EXPECT_EQ(parse_shard("2/5").of, 5U);
    for (const auto* bad : {"", "2", "0/5", "6/5", "a/b", "2/5x", "-1/5", "1/0", "1/99999999999"}) {
        EXPECT_THROW((void)parse_shard(bad), Error) << bad;
    }
}

TEST(ShardProperty, AreDisjointAndCompleteInWhateverOrderTheCellsCome) {
    for (unsigned seed = 0; seed < 40; ++seed) {
        auto cells = random_cells(seed * 7 % 120, seed);
        const unsigned shards = 1 + seed % 9;
        const auto split = by_id(cells, shards);
        EXPECT_EQ(split.size(), cells.size()) << "each cell is in one shard";
        for (const auto& [id, shard] : split) EXPECT_TRUE(shard >= 1 && shard <= shards) << id;
        std::mt19937 random(seed);
        std::ranges::shuffle(cells, random);
        EXPECT_EQ(split, by_id(cells, shards)) << "seed " << seed;
    }
}

TEST(ShardProperty, TakeAboutEquallyLong) {
    for (unsigned seed = 0; seed < 20; ++seed) {
        const auto cells = random_cells(100, seed);
        const auto split = split_by_time(cells, 5);
        std::map<unsigned, double> loads;
        double total = 0;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            loads[split[i]] += cells[i].seconds;
            total += cells[i].seconds;
        }
        for (const auto& [shard, load] : loads) EXPECT_LT(load, total / 5 * 1.3) << "seed " << seed;
    }
}

TEST(ShardProperty, ANewCellMovesFewOthers) {
    double sum = 0;
    for (unsigned seed = 0; seed < 40; ++seed) {
        auto cells = random_cells(100, seed);
        const auto before = by_id(cells, 5);
        cells.push_back({"new", 250});
        sum += moved(before, by_id(cells, 5));
    }
    EXPECT_LT(sum / 40, 0.10) << "dealt out anew it would be four in five";
}

TEST(Shards, StayWhenTheSameCellsAreMeasuredAgain) {
    double sum = 0;
    for (unsigned seed = 0; seed < 40; ++seed) {
        auto cells = random_cells(100, seed);
        const auto before = by_id(cells, 5);
        std::mt19937 random(seed);
        for (auto& cell : cells) cell.seconds *= 0.99 + 0.02 * static_cast<double>(below(random, 100)) / 100;
        sum += moved(before, by_id(cells, 5));
    }
    EXPECT_LT(sum / 40, 0.25);
}

TEST(Shards, SplitWhatWasNeverMeasuredByNumber) {
    std::vector<TimedCell> cells;
    for (int i = 0; i < 12; ++i) cells.push_back({"cell-" + std::to_string(i), 0});
    std::map<unsigned, int> counts;
    for (const auto shard : split_by_time(cells, 4)) ++counts[shard];
    EXPECT_THAT(counts, ::testing::ElementsAre(std::pair(1U, 3), std::pair(2U, 3), std::pair(3U, 3), std::pair(4U, 3)));
}

TEST(Shards, HaveANameThatTellsMachinesApartThatSplitOtherwise) {
    auto cells = random_cells(10, 1);
    const auto name = split_name(cells, 3);
    std::ranges::reverse(cells);
    EXPECT_EQ(split_name(cells, 3), name);
    EXPECT_NE(split_name(cells, 4), name);
    cells[0].seconds *= 2;
    EXPECT_NE(split_name(cells, 3), name);
}

}  // namespace
}  // namespace crib::scenario
