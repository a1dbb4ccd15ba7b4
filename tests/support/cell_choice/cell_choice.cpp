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

}  // namespace

std::pair<std::string, std::string> choose_two(std::vector<ChoosableCell> cells, const std::string& commit,
                                               std::uint64_t number) {
    if (cells.empty()) throw std::invalid_argument("there is no cell to choose");
    std::ranges::sort(cells, {}, &ChoosableCell::id);
    if (cells.size() == 1) return {cells[0].id, cells[0].id};
    std::vector<std::pair<std::string, std::string>> all;
    std::vector<std::pair<std::string, std::string>> pairs;
    auto least = cells[0].values.size() + 1;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        for (std::size_t j = i + 1; j < cells.size(); ++j) {
            all.emplace_back(cells[i].id, cells[j].id);
            const auto common = in_common(cells[i], cells[j]);
            if (common > least) continue;
            if (common < least) pairs.clear();
            least = common;
            pairs.emplace_back(cells[i].id, cells[j].id);
        }
    }
    if (pairs.size() == 1) pairs = all;  // else it would be the same two each time
    if (pairs.size() == 1) return pairs.front();
    // Pairs with even and with odd places.
    const auto half = (pairs.size() + 1 - number % 2) / 2;
    const auto hash = std::stoull(sha256_hex(commit).substr(0, 15), nullptr, 16);
    return pairs[2 * (hash % half) + number % 2];
}

}  // namespace crib::test
