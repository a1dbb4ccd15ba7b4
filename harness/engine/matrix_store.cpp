#include "harness/engine/matrix_store.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/held_folder.h"
#include "harness/base/input_file.h"
#include "harness/base/short_words.h"
#include "harness/base/size.h"
#include "harness/base/text.h"
#include "harness/base/unreadable.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::engine {

namespace fs = std::filesystem;

namespace {

// What a cell's end adds to its record: its run and folder, how long it took, why it did not pass.
constexpr std::uint64_t kMostOfAnEnd = 1024;

constexpr const char* kRecord = "matrix.json";

void require_kept(std::size_t cells, std::uint64_t bytes) {
    const auto most = input_kind::matrix_record.limit;
    if (bytes <= most) return;
    throw Error(ErrorKind::usage,
                fmt::format("the record of a matrix with {} cells takes up to {}, and at most {} are kept", cells,
                            to_string(ByteSize{bytes}), to_string(ByteSize{most})),
                "run a part of it at a time: --shard 1/10, --only, --sample or --pairwise");
}

}  // namespace

void require_storable(const events::MatrixRecord& record) {
    require_kept(record.cells.size(), to_json(record).size() + record.cells.size() * kMostOfAnEnd);
}

void require_storable(std::size_t cells) {
    require_kept(cells, cells * kMostOfAnEnd);
}

MatrixStore::Created MatrixStore::create(const std::string& name) const {
    auto made = make_owned_folder(root_, name, "matrix");
    return {made.id, {made.path}, std::move(made.owner)};
}

void MatrixStore::save(const events::MatrixRecord& record) const {
    write_file(folder(record.id).record(), to_json(record));
}

std::vector<std::string> MatrixStore::ids() const {
    require_listable(root_);
    const auto root = HeldFolder::open(root_);
    if (!root) return {};
    std::vector<std::string> ids;
    for (const auto& name : root->names()) {
        const auto folder = root->inside(name);
        if (!folder || is_unfinished(name)) continue;
        // One that cannot be looked into may be one as well: load_ended() says what is wrong with it.
        const bool has_record = folder->look(kRecord).kind != HeldFolder::Kind::none;
        if (has_record || !objection_to_reading(*folder).empty()) ids.push_back(name);
    }
    return ids;
}

events::MatrixRecord MatrixStore::load_ended(const std::string& id_or_prefix) const {
    const auto known = ids();
    std::vector<std::string> matches;
    for (const auto& id : known) {
        if (id == id_or_prefix) matches = {id};
        if (id == id_or_prefix) break;
        if (id.starts_with(id_or_prefix)) matches.push_back(id);
    }
    if (matches.size() != 1) {
        throw Error(ErrorKind::usage,
                    fmt::format("{} '{}'", matches.empty() ? "there is no matrix" : "more than one matrix begins with",
                                id_or_prefix),
                    known.empty() ? "none has been run yet: " + next_command_("matrix", {"FILE"})
                                  : "the matrices are: " + some_of(matches.empty() ? known : matches));
    }
    const auto place = folder(matches.front());
    require_readable(place.path);
    if (FileLock::held(place.owner_lock())) {
        throw Error(ErrorKind::usage, fmt::format("matrix {} belongs to a crib that is still at work", matches.front()),
                    "interrupt that one (Ctrl-C), or wait for it");
    }
    const auto text = read_input(place.record(), input_kind::matrix_record);
    return with_note(place.record().string(), [&] { return events::matrix_record_of(text); });
}

}  // namespace crib::engine
