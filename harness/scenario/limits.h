#pragma once
// How much of each kind a scenario may have: far more than anybody needs, and little enough to be read in a second.
// Internal to scenario.

#include <cstddef>
#include <cstdint>

namespace crib::scenario {

// Characters are bytes of UTF-8 here.
inline constexpr std::size_t kLongestText = 4096;        // of any kind that has no limit of its own
inline constexpr std::size_t kLongestLine = 1000;        // a sentence for people: "about", "why"
inline constexpr std::size_t kLongestTitle = 200;        // of a step
inline constexpr std::size_t kLongestName = 63;          // of a parameter; nodes and steps are named like hosts
inline constexpr std::size_t kLongestVersion = 64;       // as it is written
inline constexpr std::size_t kLongestGlob = 200;         // of a matrix's pattern with a star
inline constexpr std::size_t kMostReplaced = 8U << 20U;  // bytes that references add to all texts together

inline constexpr std::size_t kMostParameters = 200;
inline constexpr std::size_t kMostComponents = 100;
inline constexpr std::size_t kMostMembers = 300;  // of an object within a matrix
inline constexpr std::size_t kMostValues = 1000;  // of a parameter, of an axis
inline constexpr std::size_t kMostMutations = 200;
inline constexpr std::size_t kMostInputs = 200;  // that a mutation sets
inline constexpr std::size_t kMostChecks = 500;
inline constexpr std::size_t kMostLabels = 100;  // of a node; of taints, too
inline constexpr std::size_t kMostAxes = 50;
inline constexpr std::size_t kMostRules = 1000;         // of a matrix: exclusions, and expectations
inline constexpr std::size_t kMostPatterns = 10'000;    // in all of them
inline constexpr std::size_t kMostIncluded = 2000;      // cells of a matrix
inline constexpr std::uint64_t kMostCells = 1'000'000;  // that a matrix's limit may let through
inline constexpr std::uint64_t kMostCellValues =
    2'000'000;  // of all cells: half a gigabyte with all that is said of them

}  // namespace crib::scenario
