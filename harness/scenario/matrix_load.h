#pragma once
// From a scenario file with a matrix to the scenarios of its cells.

#include "harness/scenario/cells.h"
#include "harness/scenario/load.h"
#include "harness/scenario/matrix.h"

#include <filesystem>
#include <string>
#include <vector>

namespace crib::scenario {

// The file's matrix after the --set flags. Error(usage) with all that is wrong with it, or when the file has none.
[[nodiscard]] Matrix load_matrix_or_throw(const std::filesystem::path& file, const std::vector<std::string>& sets);
[[nodiscard]] Matrix matrix_of_text(const std::string& text, const std::filesystem::path& file,
                                    const std::vector<std::string>& sets);

// The scenario's single values by their paths, after the --set flags: {"os", "debian-13"}, {"versions.cri-o", ...}.
// Lists are left out. Errors as of load_matrix_or_throw().
[[nodiscard]] Assignment values_of(const std::filesystem::path& file, const std::vector<std::string>& sets);

// Error(usage) with what is wrong with the values and paths of the file's matrix, each with its place, and with the
// scenario whatever a cell's values are. What an axis puts right, e.g. that no "os" is given, is not.
void require_sound_cells(const std::filesystem::path& file, const std::vector<std::string>& sets, const Known& known);

// Error(usage) for a --set of what each cell has a value of its own for: it would change none. It says which --only is
// meant.
void refuse_sets_of_axes(const std::filesystem::path& file, const std::vector<std::string>& sets);

// What only all values together show: too many cells, none that is left, an expectation of none. Of a file in which
// nothing else is wrong.
[[nodiscard]] std::vector<Diagnostic> matrix_mistakes(const std::filesystem::path& file,
                                                      const std::vector<std::string>& sets, const ExpandHooks& hooks);

// The same of what --only cannot help: expectations of no cell; else what is wrong with cells, each thing once and with
// those that have it, and cells that are the same scenario. Where there are many, some hundreds are looked at, the same
// ones each time; another's own run is refused then.
[[nodiscard]] std::vector<Diagnostic> cell_mistakes(const std::filesystem::path& file,
                                                    const std::vector<std::string>& sets, const ExpandHooks& hooks,
                                                    const Known& known);

// Each with its place in the file or on the command line.
[[nodiscard]] std::vector<Diagnostic> placed(const std::filesystem::path& file, const std::vector<std::string>& sets,
                                             const std::vector<Clash>& clashes);

// What is not wrong and most likely not meant: values that are one, exclusions that match no cell.
[[nodiscard]] std::vector<Diagnostic> matrix_notes(const std::filesystem::path& file,
                                                   const std::vector<std::string>& sets, const ExpandHooks& hooks);

// The arguments of --set that make the matrix's cell from any folder: their paths are absolute, but for those that
// begin with a reference.
[[nodiscard]] std::vector<std::string> lasting_sets_of(const Assignment& cell, const Matrix& matrix);

struct LoadedCell {
    std::string id;
    Assignment assignment;
    std::vector<std::string> sets;  // those of the user, then the cell's own: with them `crib run` makes the same
    Scenario scenario;
};

// Each cell as `crib run FILE --set ...` would have it; what the matrix expects of a cell is its scenario's `expect`.
// Error(usage) with what is wrong with any, each mistake once, naming the cells that have it. `resolved` as of
// resolved() of matrix.h.
[[nodiscard]] std::vector<LoadedCell> load_cells_or_throw(const std::filesystem::path& file,
                                                          const std::vector<std::string>& sets, const Cells& cells,
                                                          const Matrix& resolved, const Known& known);

}  // namespace crib::scenario
