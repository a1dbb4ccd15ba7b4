#include "harness/cli/matrix_resume.h"

#include "harness/base/checkout_source.h"
#include "harness/base/error.h"
#include "harness/base/printable.h"
#include "harness/base/text.h"
#include "harness/scenario/set_paths.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string_view>

namespace crib::cli {
namespace {

constexpr std::string_view kComponents = "components.";

std::string path_of(const std::string& set) {
    return set.substr(0, set.find('='));
}

// Of "components.cri-o=local:../cri-o" the path; else empty.
std::string checkout_in(const std::string& set) {
    const auto name = path_of(set);
    if (!name.starts_with(kComponents) || name.size() == set.size()) return {};
    const auto checkout = CheckoutSource::parse(set.substr(name.size() + 1));
    return checkout ? checkout->path() : std::string{};
}

// A checkout has many names.
bool is_same(const std::string& set, const std::string& other) {
    if (set == other) return true;
    const auto folder = checkout_in(set);
    std::error_code none;
    return path_of(set) == path_of(other) && !folder.empty() &&
           std::filesystem::equivalent(folder, checkout_in(other), none);
}

// "--set internet=true --component cri-o=upstream"
std::string as_flags(const std::vector<std::string>& sets) {
    std::vector<std::string> words;
    for (const auto& set : sets) {
        const bool is_component = set.starts_with(kComponents);
        words.emplace_back(is_component ? "--component" : "--set");
        words.push_back(is_component ? set.substr(kComponents.size()) : set);
    }
    return shell_join(words);
}

// Those of all cells: what a cell has besides its own values.
std::vector<std::string> common_sets(const events::MatrixRecord& record) {
    const auto& cell = record.cells.front();
    auto sets = cell.sets;
    sets.resize(sets.size() - std::min(sets.size(), cell.values.size()));  // its own come last
    return scenario::with_absolute_paths(std::move(sets));
}

}  // namespace

void take_sets(MatrixCommand& command, const events::MatrixRecord& earlier) {
    if (earlier.cells.empty()) return;  // it cannot be resumed
    const auto sets = common_sets(earlier);
    std::vector<std::string> others;
    for (const auto& set : scenario::with_absolute_paths(command.sets)) {
        const auto is_it = [&](const std::string& known) { return is_same(set, known); };
        if (std::ranges::none_of(sets, is_it)) others.push_back(set);
    }
    if (!others.empty()) {
        auto instead = sets;  // of the same paths, where it has any of them
        std::erase_if(instead, [&](const std::string& set) {
            return std::ranges::none_of(others, [&](const auto& other) { return path_of(other) == path_of(set); });
        });
        if (instead.empty()) instead = sets;
        throw Error(ErrorKind::usage,
                    fmt::format("--resume {}: {} would make other cells: that matrix was run with {}", earlier.id,
                                as_flags(others), instead.empty() ? "no --set and no --component" : as_flags(instead)),
                    "leave it out, as those of the record are taken; or run a matrix anew, without --resume");
    }
    command.sets = sets;
}

void require_same_scenario(const events::MatrixRecord& earlier, const std::string& scenario, const std::string& file) {
    if (earlier.scenario == scenario) return;
    throw Error(
        ErrorKind::usage,
        fmt::format("--resume {}: that is a matrix of the scenario \"{}\" in {}, and the one in {} is called \"{}\"",
                    earlier.id, printable(earlier.scenario), printable(earlier.scenario_file), file, scenario),
        "give the file of that one; or, where its \"name\" has changed, run the matrix anew, without --resume");
}

std::vector<std::string> options_to_resume(const MatrixCommand& command, const std::string& id) {
    std::vector<std::string> words{"--resume", id};
    if (command.locked) words.emplace_back("--locked");
    if (command.fail_fast) words.emplace_back("--fail-fast");
    if (command.no_cache) words.emplace_back("--no-cache");
    if (command.jobs > 0) words.insert(words.end(), {"--jobs", std::to_string(command.jobs)});
    if (!command.accel.empty()) words.insert(words.end(), {"--accel", command.accel});
    if (command.connect != hypervisor::kEmbeddedUri) words.insert(words.end(), {"--connect", command.connect});
    return words;
}

}  // namespace crib::cli
