#include "tests/support/cell_choice/cell_choice.h"

#include "harness/base/sha256.h"

#include <algorithm>
#include <stdexcept>

namespace crib::test {

std::string choose_one(std::vector<std::string> cells, const std::string& commit, std::uint64_t number) {
    if (cells.empty()) throw std::invalid_argument("there is no cell to choose");
    std::ranges::sort(cells);
    if (cells.size() == 1) return cells[0];
    std::vector<std::string> turn;
    for (std::size_t i = number % 2; i < cells.size(); i += 2) turn.push_back(cells[i]);
    return turn[std::stoull(sha256_hex(commit).substr(0, 15), nullptr, 16) % turn.size()];
}

}  // namespace crib::test
