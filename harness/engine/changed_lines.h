#pragma once
// What differs between two texts, line by line, within bounds: a scenario may name scripts of 256 KiB, and to compare
// two of them takes the product of their lines.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace crib::engine {

class LineComparison {
public:
    // The lines that `before` has and `after` has not, as "-...", and the other way round, as "+...", in their order.
    // Of texts that differ in too much, and of all once much has been compared, one line that says how many there are.
    [[nodiscard]] std::vector<std::string> changed(std::string_view before, std::string_view after);

private:
    static constexpr std::uint64_t kMostPairs = 20'000'000;
    static constexpr std::uint64_t kMostBytes = 4U << 20U;

    std::uint64_t pairs_left_ = kMostPairs;  // of lines, to be compared
    std::uint64_t bytes_left_ = kMostBytes;  // of the lines that are told
};

}  // namespace crib::engine
