#include "harness/scenario/scenario_file.h"

#include "harness/base/size.h"
#include "harness/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace crib::scenario {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> scenarios_beside(const fs::path& file) {
    std::vector<std::string> names;
    std::error_code ignored;
    const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
        const bool is_scenario = entry.path().extension() == ".json" && entry.path().stem().extension().empty();
        if (is_scenario) names.push_back((file.parent_path() / entry.path().filename()).string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace

std::optional<FileProblem> problem_with_file(const fs::path& file) {
    std::error_code error;
    const auto status = fs::status(file, error);
    if (!fs::exists(status)) {
        const auto others = scenarios_beside(file);
        const auto meant = nearest(file.string(), others);
        if (meant) return FileProblem{"there is no such file", fmt::format("did you mean {}?", *meant)};
        return FileProblem{"there is no such file", others.empty() ? "scenarios of crib's own are in scenarios/"
                                                                   : "in that folder are " + join(others, ", ")};
    }
    if (fs::is_directory(status)) {
        const auto inside = scenarios_beside(file / "x");
        return FileProblem{"is a folder, not a scenario file", inside.empty() ? "" : "in it are " + join(inside, ", ")};
    }
    if (!fs::is_regular_file(status)) return FileProblem{"is not a regular file", {}};
    const auto size = fs::file_size(file, error);
    if (!error && size > kLargestFile) {
        return FileProblem{fmt::format("is too large for a scenario: {}, at most {}", to_string(ByteSize{size}),
                                       to_string(ByteSize{kLargestFile})),
                           "is this the right file?"};
    }
    return std::nullopt;
}

}  // namespace crib::scenario
