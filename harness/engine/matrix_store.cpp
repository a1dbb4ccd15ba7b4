#include "harness/engine/matrix_store.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::engine {

namespace fs = std::filesystem;

namespace {
constexpr std::uint64_t kLargestRecord = 64U << 20U;
}

MatrixStore::Created MatrixStore::create(const std::string& name) const {
    auto made = make_owned_folder(root_, name, "matrix");
    return {made.id, {made.path}, std::move(made.owner)};
}

void MatrixStore::save(const events::MatrixRecord& record) const {
    write_file(folder(record.id).record(), to_json(record));
}

std::vector<std::string> MatrixStore::ids() const {
    std::vector<std::string> ids;
    std::error_code problem;
    for (fs::directory_iterator it(root_, problem), end; !problem && it != end; it.increment(problem)) {
        if (fs::exists(it->path() / "matrix.json")) ids.push_back(it->path().filename().string());
    }
    std::ranges::sort(ids);
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
        throw Error(
            ErrorKind::usage,
            fmt::format("{} '{}'", matches.empty() ? "there is no matrix" : "more than one matrix begins with",
                        id_or_prefix),
            known.empty() ? "none has been run yet: crib matrix FILE" : "the matrices are: " + join(known, ", "));
    }
    const auto place = folder(matches.front());
    if (FileLock::held(place.owner_lock())) {
        throw Error(ErrorKind::usage, fmt::format("matrix {} belongs to a crib that is still at work", matches.front()),
                    "interrupt that one (Ctrl-C), or wait for it");
    }
    return with_note(place.record().string(),
                     [&] { return events::matrix_record_of(read_file(place.record(), kLargestRecord)); });
}

}  // namespace crib::engine
