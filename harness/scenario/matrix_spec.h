#pragma once
// Matrix: what a scenario's "matrix" says, before anything is expanded. A plain value.

#include "harness/scenario/scenario.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace crib::scenario {

// Paths, as --set has them, to values, as --set has them: {"os", "debian-13"}, {"versions.kubernetes", "1.36.3"}.
using Assignment = std::map<std::string, std::string>;

struct Axis {
    std::string path;
    std::vector<std::string> values;
};

// Cells whose value at each path matches one of its patterns; `*` stands for any text. No path: every cell.
using CellPattern = std::map<std::string, std::vector<std::string>>;

struct Exclusion {
    CellPattern when;
    std::string why;  // may be empty
};

struct ExpectedCells {
    CellPattern when;
    Expect expect;
};

// Of values that name files, as --set has them, "components.cri-o=local:../cri-o", to the folder from which a relative
// path in them is meant: that of the file in which they stand; empty: the current folder.
using ValueFolders = std::map<std::string, std::filesystem::path>;

inline constexpr std::uint64_t kDefaultMatrixLimit = 100'000;

struct Matrix {
    std::vector<Axis> axes;                     // in the order of the text; the first one changes slowest
    std::vector<Exclusion> exclude;             // of the axes' product
    std::vector<Assignment> include;            // added after the exclusions: they win over them
    std::vector<ExpectedCells> expect;          // the first one that matches a cell holds for it
    std::uint64_t limit = kDefaultMatrixLimit;  // of cells before exclusion
    ValueFolders folders{};                     // none of a text alone, as read_matrix() has it
};

struct MatrixProblem {
    std::string path;  // "$.matrix.axes.os[1]"
    std::string message;
    std::string hint;  // may be empty
};

struct MatrixRead {
    Matrix matrix;                        // only to be used when there are no problems
    std::vector<MatrixProblem> problems;  // all of them
};

// From the JSON text of the "matrix" value. Never throws on bad input.
[[nodiscard]] MatrixRead read_matrix(std::string_view json);

}  // namespace crib::scenario
