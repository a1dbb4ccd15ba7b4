#include "harness/checkpoint/transfer.h"

#include "harness/checkpoint/manifest.h"

#include <set>

namespace crib::checkpoint {

std::string text_of(const Entry& entry) {
    return to_manifest(entry);
}

Entry entry_of(const std::string& text) {
    return read_manifest(text);
}

std::vector<PartFile> files_of(const Store& store, const Lease& lease) {
    std::vector<PartFile> files;
    std::set<std::string> known;
    const auto& entry = lease.entry();
    for (const auto* parts : {&entry.parts, &entry.layers}) {
        for (const auto& part : *parts) {
            if (known.insert(part.id).second) files.push_back({part.id, store.folder() / "parts" / part.id});
        }
    }
    return files;
}

}  // namespace crib::checkpoint
