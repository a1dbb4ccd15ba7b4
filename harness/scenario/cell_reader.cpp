#include "harness/scenario/cell_reader.h"

#include "harness/scenario/document.h"
#include "harness/scenario/overrides.h"
#include "harness/scenario/reader.h"

namespace crib::scenario {

CellReader::CellReader(const Document& document, const Known& known)
    : file_(document.file_of("$")), known_(known), bare_(std::make_unique<Document>(document)) {
    bare_->drop("matrix");
}

CellReader::~CellReader() = default;

LoadResult CellReader::read(const Assignment& cell) const {
    Document document = *bare_;
    for (const auto& set : sets_of(cell)) apply_set(document, set);
    return read_document(document, file_, known_);
}

std::size_t CellReader::size() const {
    return bare_->size();
}

}  // namespace crib::scenario
