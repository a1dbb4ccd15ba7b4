#include "harness/scenario/cell_reader.h"

#include "harness/base/error.h"
#include "harness/base/input_file.h"
#include "harness/scenario/document.h"
#include "harness/scenario/overrides.h"
#include "harness/scenario/reader.h"

namespace crib::scenario {

CellReader::CellReader(const std::filesystem::path& file, const std::vector<std::string>& sets, const Known& known)
    : file_(file), known_(known), bare_(std::make_unique<Document>(file, read_input(file, input_kind::scenario))) {
    if (bare_->is_sound()) {
        for (const auto& set : sets) apply_set(*bare_, set);
    }
    if (!bare_->is_sound()) throw Error(ErrorKind::usage, to_string(bare_->diagnostics()));
    bare_->drop("matrix");
}

CellReader::~CellReader() = default;

CellReader::Read CellReader::read(const Assignment& cell) const {
    Document document = *bare_;
    for (const auto& set : sets_of(cell)) apply_set(document, set);
    auto text = document.root().dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return {read_document(document, file_, known_), std::move(text)};
}

std::size_t CellReader::size() const {
    return bare_->size();
}

}  // namespace crib::scenario
