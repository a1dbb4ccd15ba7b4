#include "tests/support/cell_choice/cell_choice.h"

#include "harness/base/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace crib::test {
namespace {

std::vector<ChoosableCell> versions() {
    std::vector<ChoosableCell> cells;
    for (const auto* os : {"debian-12", "debian-13"}) {
        for (const auto* kubernetes : {"1.34.10", "1.35.6", "1.36.3"}) {
            for (const auto* runtime : {"crun", "runc"}) {
                // Debian 12's crun is too old.
                if (std::string(os) == "debian-12" && std::string(runtime) == "crun") continue;
                cells.push_back({std::string(os) + "," + runtime + "," + kubernetes,
                                 {{"os", os}, {"kubernetes", kubernetes}, {"runtime", runtime}}});
            }
        }
    }
    return cells;
}

TEST(TheTwoCellsOfACommit, AreTheSameForTheSameCommit) {
    auto cells = versions();
    const auto two = choose_two(cells, "abc", 7);
    std::ranges::reverse(cells);
    EXPECT_EQ(choose_two(cells, "abc", 7), two);
    EXPECT_NE(two.first, two.second);
}

TEST(TheTwoCellsOfACommit, AreNeverThoseOfTheCommitBefore) {
    auto cells = versions();
    for (std::size_t count = 3; count <= 9; ++count) {
        cells = versions();
        cells.resize(count);
        for (std::uint64_t number = 1; number < 300; ++number) {
            const auto before = choose_two(cells, "commit " + std::to_string(number * 7), number);
            const auto after = choose_two(cells, "commit " + std::to_string(number * 7 + 7), number + 1);
            ASSERT_NE(before, after) << count << " cells, commit " << number;
        }
    }
}

TEST(TheTwoCellsOfACommit, AreAsUnlikeAsTheyCanBe) {
    for (std::uint64_t number = 1; number < 300; ++number) {
        const auto [a, b] = choose_two(versions(), std::to_string(number), number);
        int differences = 0;
        for (std::size_t part = 0; part < 3; ++part) differences += split(a, ',')[part] != split(b, ',')[part] ? 1 : 0;
        EXPECT_GE(differences, 2) << a << " and " << b;
    }
}

TEST(TheTwoCellsOfACommit, GiveEachCellItsTurn) {
    std::set<std::string> seen;
    for (std::uint64_t number = 1; number < 60; ++number) {
        const auto [a, b] = choose_two(versions(), std::to_string(number), number);
        seen.insert({a, b});
    }
    EXPECT_EQ(seen.size(), versions().size());
}

TEST(TheTwoCellsOfACommit, AreAllThereAreOfTwoOrOne) {
    auto cells = versions();
    cells.resize(1);
    EXPECT_EQ(choose_two(cells, "x", 1).first, "debian-12,runc,1.34.10");
}

}  // namespace
}  // namespace crib::test
