#pragma once
// The files of fixtures/components that a component is built with, or fetched by: what a row is made of, and so part of
// the key under which the component store keeps what came of it.

#include "harness/component/request.h"
#include "harness/component/table.h"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace crib::component {

struct BuildFile {
    std::string name;  // as the store's key has it
    std::filesystem::path path;
};

// component.json, go.mod, go.sum and files/ of the row, and what it takes from the row that it is like. In a fixed
// order.
[[nodiscard]] std::vector<BuildFile> files_of(const Row& row);

// Those that any row may use.
[[nodiscard]] std::vector<BuildFile> shared_files(const Table& table);

struct BuildFiles {
    std::string digest;                        // changes with whatever a build of the request would read of them
    std::map<std::string, std::string> files;  // path to SHA-256
};

// Errors as of row_of(), or as of UpstreamTable::row().
[[nodiscard]] BuildFiles build_files(const Table& table, const Request& request);

}  // namespace crib::component
