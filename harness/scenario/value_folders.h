#pragma once
// From which folders the paths in the values of a matrix are meant: whatever a file says, from that file's. Internal to
// scenario.

#include "harness/scenario/document.h"
#include "harness/scenario/matrix_spec.h"

#include <filesystem>
#include <string>

namespace crib::scenario {

// `matrix` is the document's, and sound. Reports a text that would name two files, one in an axis and one in a cell.
void add_folders(Matrix& matrix, Document& document);

void apply_cell(Document& document, const Assignment& cell, const ValueFolders& folders);

// Of what `written` at `path` does not lead to: that it does from the current folder, from which the paths of a matrix
// once were meant. To stand behind a hint; empty: it does not, or is of no matrix.
[[nodiscard]] std::string why_not_here(const Document& document, const std::string& path,
                                       const std::filesystem::path& written);

}  // namespace crib::scenario
