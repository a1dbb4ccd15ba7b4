#pragma once
// An entry on its way to another machine's store; Draft::adopt() takes it in there.

#include "harness/checkpoint/lease.h"
#include "harness/checkpoint/store.h"

#include <filesystem>
#include <string>
#include <vector>

namespace crib::checkpoint {

// The entry as text, with its payload: it may hold secrets.
[[nodiscard]] std::string text_of(const Entry& entry);

// Error(environment) saying what is wrong with it.
[[nodiscard]] Entry entry_of(const std::string& text);

struct PartFile {
    std::string id;
    std::filesystem::path file;
};
// The files of its parts and layers, each once. They stay while the lease lives.
[[nodiscard]] std::vector<PartFile> files_of(const Store& store, const Lease& lease);

}  // namespace crib::checkpoint
