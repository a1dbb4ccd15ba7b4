#pragma once
// Which cell of a matrix is run for a commit: all of them take hours, and over time each has its turn.

#include <cstdint>
#include <string>
#include <vector>

namespace crib::test {

// The commit's hash chooses. Commits with an odd number in their branch choose among the cells at odd places, those
// with an even one among the rest: so a commit and the one before it never have the same, whatever their hashes. Of one
// cell that one.
[[nodiscard]] std::string choose_one(std::vector<std::string> cells, const std::string& commit, std::uint64_t number);

}  // namespace crib::test
