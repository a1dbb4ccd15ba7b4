#include "harness/scenario/scenario_file.h"

#include "harness/base/file.h"
#include "harness/base/short_words.h"
#include "harness/base/text.h"
#include "harness/scenario/own_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <vector>

namespace crib::scenario {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> scenarios_beside(const fs::path& file) {
    std::vector<std::string> names;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(containing_folder(file), ignored)) {
        const bool is_scenario = entry.path().extension() == ".json" && entry.path().stem().extension().empty();
        if (is_scenario) names.push_back((file.parent_path() / entry.path().filename()).string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

// Empty where it cannot be read.
std::string beginning_of(const fs::path& file) {
    std::array<char, 4> begin{};
    std::ifstream input(file, std::ios::binary);
    input.read(begin.data(), begin.size());
    return {begin.data(), static_cast<std::size_t>(input.gcount())};
}

constexpr std::size_t kMostNamed = 10;  // enough to see what is there

}  // namespace

std::optional<FileProblem> problem_with_file(const fs::path& file) {
    const auto input = try_open_input(file, input_kind::scenario);
    FileProblem problem{input.problem, {}};
    if (input.state == OpenedInput::State::open) return std::nullopt;
    if (input.state == OpenedInput::State::absent) {
        const auto others = scenarios_beside(file);
        const auto meant = nearest(file.string(), others);
        problem.hint = meant            ? fmt::format("did you mean {}?", *meant)
                       : others.empty() ? "scenarios of crib's own are in scenarios/"
                                        : "in that folder are " + some_of(others, kMostNamed);
    } else if (input.state == OpenedInput::State::folder) {
        const auto inside = scenarios_beside(file / "x");
        if (!inside.empty()) problem.hint = "in it are " + some_of(inside, kMostNamed);
    } else if (input.state == OpenedInput::State::too_large) {
        problem.hint = begins_as_capsule(beginning_of(file)) ? std::string("it is a capsule of crib: ") + kOpenIt
                                                             : "is this the right file?";
    }
    return problem;
}

}  // namespace crib::scenario
