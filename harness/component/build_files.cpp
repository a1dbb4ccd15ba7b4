#include "harness/component/build_files.h"

#include "harness/base/sha256.h"
#include "harness/component/upstream_table.h"

#include <algorithm>
#include <system_error>

namespace crib::component {
namespace {

namespace fs = std::filesystem;

// Every file below a folder, in the order of their names.
void add_folder(std::vector<BuildFile>& all, const fs::path& folder) {
    std::vector<fs::path> files;
    std::error_code none;
    for (const auto& entry : fs::recursive_directory_iterator(folder, none)) {
        if (entry.is_regular_file()) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    for (const auto& file : files) all.push_back({file.lexically_relative(folder.parent_path()).string(), file});
}

}  // namespace

std::vector<BuildFile> files_of(const Row& row) {
    std::vector<BuildFile> all;
    add_folder(all, row.folder);
    if (row.like.empty()) return all;
    all.push_back({"like", row.like / "component.json"});
    add_folder(all, row.like / "files");
    return all;
}

std::vector<BuildFile> shared_files(const Table& table) {
    std::vector<BuildFile> all;
    add_folder(all, table.folder() / "shared");
    return all;
}

BuildFiles build_files(const Table& table, const Request& request) {
    BuildFiles result;
    KeyBuilder key;
    if (request.source.kind == Source::Kind::upstream) {
        const auto file = table.folder() / "upstream.json";
        key.add("upstream", UpstreamTable(file).row(request.name, request.version, request.os).text);
        result.files[file.string()] = sha256_file(file);
        result.digest = key.key();
        return result;
    }
    const auto add = [&](const std::vector<BuildFile>& files) {
        for (const auto& [name, path] : files) key.add(name, result.files[path.string()] = sha256_file(path));
    };
    const auto row = row_of(table, request);
    add(files_of(row));
    add(shared_files(table));
    if (row.go) add({{"go-toolchain", table.folder() / "go-toolchain.json"}});
    result.digest = key.key();
    return result;
}

}  // namespace crib::component
