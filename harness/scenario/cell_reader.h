#pragma once
// CellReader: the scenarios of a matrix's cells. The file is parsed once, whatever the number of cells. Internal to
// scenario.

#include "harness/scenario/cells.h"
#include "harness/scenario/load.h"

#include <filesystem>
#include <memory>

namespace crib::scenario {

class Document;

class CellReader {
public:
    // Of a sound document with its flags, and of its matrix. `known` is referred to.
    CellReader(const Document& document, const ValueFolders& folders, const Known& known);
    ~CellReader();
    CellReader(const CellReader&) = delete;
    CellReader& operator=(const CellReader&) = delete;

    [[nodiscard]] LoadResult read(const Assignment& cell) const;

    // How much there is to read for each cell, counted in values.
    [[nodiscard]] std::size_t size() const;

private:
    std::filesystem::path file_;
    const Known& known_;
    std::unique_ptr<Document> bare_;  // with the flags, without the matrix
    ValueFolders folders_;
};

}  // namespace crib::scenario
