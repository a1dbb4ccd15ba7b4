#include "tests/support/cell_choice/cell_choice.h"

#include "harness/base/sha256.h"

#include <algorithm>
#include <stdexcept>

namespace crib::test {
namespace {

std::size_t in_common(const ChoosableCell& a, const ChoosableCell& b) {
    return static_cast<std::size_t>(std::ranges::count_if(a.values, [&](const auto& entry) {
        const auto other = b.values.find(entry.first);
        return other != b.values.end() && other->second == entry.second;
    }));
}

// A number out of the commit, another for each use.
std::size_t draw(const std::string& commit, const std::string& use, std::size_t below) {
    return std::stoull(sha256_hex(use + " " + commit).substr(0, 15), nullptr, 16) % below;
}

// Those of `others` that have the fewest values in common with `cell`.
std::vector<ChoosableCell> most_unlike(const ChoosableCell& cell, std::vector<ChoosableCell> others) {
    std::erase_if(others, [&](const auto& other) { return other.id == cell.id; });
    auto least = cell.values.size();
    for (const auto& other : others) least = std::min(least, in_common(cell, other));
    std::erase_if(others, [&](const auto& other) { return in_common(cell, other) > least; });
    return others;
}

}  // namespace

std::pair<std::string, std::string> choose_two(std::vector<ChoosableCell> cells, const std::string& commit,
                                               std::uint64_t number) {
    if (cells.empty()) throw std::invalid_argument("there is no cell to choose");
    std::ranges::sort(cells, {}, &ChoosableCell::id);
    if (cells.size() == 1) return {cells[0].id, cells[0].id};
    std::vector<ChoosableCell> turn;
    for (std::size_t i = number % 2; i < cells.size(); i += 2) turn.push_back(cells[i]);
    const auto& one = turn[draw(commit, "one", turn.size())];
    const auto others = most_unlike(one, turn.size() > 1 ? turn : cells);
    return {one.id, others[draw(commit, "other", others.size())].id};
}

}  // namespace crib::test
