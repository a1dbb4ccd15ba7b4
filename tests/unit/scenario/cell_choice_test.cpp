#include "tests/support/cell_choice/cell_choice.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace crib::test {
namespace {

std::vector<std::string> versions() {
    std::vector<std::string> cells;
    for (const auto* os : {"debian-12", "debian-13"}) {
        for (const auto* runtime : {"crun", "runc"}) {
            for (const auto* kubernetes : {"1.34.10", "1.35.6", "1.36.3"}) {
                cells.push_back(std::string(os) + "," + runtime + "," + kubernetes);
            }
        }
    }
    return cells;
}

TEST(TheCellOfACommit, IsTheSameForTheSameCommit) {
    auto cells = versions();
    const auto chosen = choose_one(cells, "abc", 7);
    std::ranges::reverse(cells);
    EXPECT_EQ(choose_one(cells, "abc", 7), chosen);
}

TEST(TheCellOfACommit, IsNeverThatOfTheCommitBefore) {
    for (std::size_t count = 2; count <= versions().size(); ++count) {
        auto cells = versions();
        cells.resize(count);
        for (std::uint64_t number = 1; number < 300; ++number) {
            const auto before = choose_one(cells, "commit " + std::to_string(number * 7), number);
            const auto after = choose_one(cells, "commit " + std::to_string(number * 7 + 7), number + 1);
            ASSERT_NE(before, after) << count << " cells, commit " << number;
        }
    }
}

TEST(TheCellOfACommit, GivesEachCellItsTurn) {
    std::set<std::string> seen;
    for (std::uint64_t number = 1; number < 120; ++number) {
        seen.insert(choose_one(versions(), std::to_string(number), number));
    }
    EXPECT_EQ(seen.size(), versions().size());
}

TEST(TheCellOfACommit, IsTheOneThereIs) {
    EXPECT_EQ(choose_one({"debian-12,runc,1.34.10"}, "x", 1), "debian-12,runc,1.34.10");
}

}  // namespace
}  // namespace crib::test
