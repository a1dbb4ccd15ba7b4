#pragma once
// Which two cells of a matrix are run for a commit: all of them take hours, and over time each has its turn.

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace crib::test {

struct ChoosableCell {
    std::string id;
    std::map<std::string, std::string> values;  // path to value
};

// The commit's hash chooses one cell, and another that has as few values in common with it as any. Commits with an odd
// number in their branch choose among the cells at odd places, those with an even one among the rest: so a commit and
// the one before it never have the same two, whatever their hashes. Of two cells both, of one it alone, twice.
[[nodiscard]] std::pair<std::string, std::string> choose_two(std::vector<ChoosableCell> cells,
                                                             const std::string& commit, std::uint64_t number);

}  // namespace crib::test
