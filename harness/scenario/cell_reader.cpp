#include "harness/scenario/cell_reader.h"

#include "harness/scenario/document.h"
#include "harness/scenario/reader.h"
#include "harness/scenario/value_folders.h"

namespace crib::scenario {

CellReader::CellReader(const Document& document, const ValueFolders& folders, const Known& known)
    : file_(document.file_of("$")), known_(known), bare_(std::make_unique<Document>(document)), folders_(folders) {
    bare_->drop("matrix");
}

CellReader::~CellReader() = default;

LoadResult CellReader::read(const Assignment& cell) const {
    Document document = *bare_;
    apply_cell(document, cell, folders_);
    return read_document(document, file_, known_);
}

std::size_t CellReader::size() const {
    return bare_->size();
}

}  // namespace crib::scenario
