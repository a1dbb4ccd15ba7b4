#include "harness/scenario/load.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/scenario/document.h"
#include "harness/scenario/overrides.h"
#include "harness/scenario/reader.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::scenario {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kLargestFile = 1U << 20U;

std::vector<std::string> scenarios_beside(const fs::path& file) {
    std::vector<std::string> names;
    std::error_code ignored;
    const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
        if (entry.path().extension() == ".json")
            names.push_back((file.parent_path() / entry.path().filename()).string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

Diagnostic about_file(const fs::path& file, const std::string& message, const std::string& hint = {}) {
    return {file.string(), 0, 0, {}, {}, message, hint};
}

// What keeps the file from being read at all.
std::optional<Diagnostic> problem_with_file(const fs::path& file) {
    std::error_code error;
    const auto status = fs::status(file, error);
    if (!fs::exists(status)) {
        const auto others = scenarios_beside(file);
        const auto meant = nearest(file.string(), others);
        if (meant) return about_file(file, "there is no such file", fmt::format("did you mean {}?", *meant));
        return about_file(
            file, "there is no such file",
            others.empty() ? "scenarios of crib's own are in scenarios/" : "in that folder are " + join(others, ", "));
    }
    if (fs::is_directory(status)) {
        const auto inside = scenarios_beside(file / "x");
        return about_file(file, "is a folder, not a scenario file",
                          inside.empty() ? "" : "in it are " + join(inside, ", "));
    }
    if (!fs::is_regular_file(status)) return about_file(file, "is not a regular file");
    const auto size = fs::file_size(file, error);
    if (!error && size > kLargestFile) {
        return about_file(file,
                          fmt::format("is too large for a scenario: {}, at most {}", to_string(ByteSize{size}),
                                      to_string(ByteSize{kLargestFile})),
                          "is this the right file?");
    }
    return std::nullopt;
}

}  // namespace

const char* to_string(Role role) {
    return role == Role::control_plane ? "control-plane" : "worker";
}

LoadResult load_text(const std::string& text, const fs::path& file, const std::vector<std::string>& sets,
                     const Known& known) {
    Document document(file.string(), text);
    if (!document.is_sound()) return {std::nullopt, document.diagnostics()};
    for (const auto& set : sets) apply_set(document, set);
    auto scenario = Reader(document, known, file).read();
    if (!document.is_sound()) return {std::nullopt, document.diagnostics()};
    return {std::move(scenario), {}};
}

LoadResult load(const fs::path& file, const std::vector<std::string>& sets, const Known& known) {
    if (auto problem = problem_with_file(file)) return {std::nullopt, {*problem}};
    try {
        return load_text(read_file(file, kLargestFile), file, sets, known);
    } catch (const Error& error) {
        return {std::nullopt, {about_file(file, error.what(), error.hint())}};
    }
}

Scenario load_or_throw(const fs::path& file, const std::vector<std::string>& sets, const Known& known) {
    auto result = load(file, sets, known);
    if (result.scenario) return std::move(*result.scenario);
    throw Error(ErrorKind::usage, to_string(result.diagnostics));
}

}  // namespace crib::scenario
