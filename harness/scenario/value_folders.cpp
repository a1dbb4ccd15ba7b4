#include "harness/scenario/value_folders.h"

#include "harness/base/plain_path.h"
#include "harness/scenario/cells.h"
#include "harness/scenario/overrides.h"
#include "harness/scenario/set_paths.h"

#include <fmt/format.h>

namespace crib::scenario {

namespace fs = std::filesystem;

void add_folders(Matrix& matrix, Document& document) {
    const auto add = [&](const std::string& name, const std::string& value, const std::string& path) {
        const auto set = name + "=" + value;
        if (!names_path(set)) return;
        const auto folder = document.folder_of(path);
        const auto [known, is_new] = matrix.folders.emplace(set, folder);
        if (is_new || with_absolute_paths({set}, folder) == with_absolute_paths({set}, known->second)) return;
        document.report(path,
                        "names another file than the same text elsewhere in the matrix, which stands in another folder",
                        "write one of them as an absolute path");
    };
    for (const auto& axis : matrix.axes) {
        const auto path = child_path("$.matrix.axes", axis.path);
        for (std::size_t i = 0; i < axis.values.size(); ++i) add(axis.path, axis.values[i], child_path(path, i));
    }
    for (std::size_t i = 0; i < matrix.include.size(); ++i) {
        const auto path = child_path("$.matrix.include", i);
        for (const auto& [name, value] : matrix.include[i]) add(name, value, child_path(path, name));
    }
}

void apply_cell(Document& document, const Assignment& cell, const ValueFolders& folders) {
    for (const auto& set : sets_of(cell)) {
        const auto folder = folders.find(set);
        apply_set(document, set, folder == folders.end() ? fs::path() : folder->second);
    }
}

std::string why_not_here(const Document& document, const std::string& path, const fs::path& written) {
    if (written.is_absolute() || !document.comes_from_matrix(path)) return {};
    std::error_code failed;
    const auto current = fs::current_path(failed);
    if (failed) return {};
    const auto here = plain_path(current / written);
    if (!fs::exists(here, failed)) return {};
    return fmt::format(
        "; there is {}, but a path in a matrix is meant from the folder of its file, no longer from the current one",
        here.string());
}

}  // namespace crib::scenario
