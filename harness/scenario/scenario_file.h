#pragma once
// What can be wrong with a file before it is read. Internal to scenario.

#include "harness/base/input_file.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace crib::scenario {

inline constexpr std::uintmax_t kLargestFile = input_kind::scenario.limit;

struct FileProblem {
    std::string message;  // "there is no such file"
    std::string hint;     // the nearest one; may be empty
};

// What keeps the file from being read as a scenario: it is not there, a folder, a device, or too large.
// Error(environment) as of try_open_input().
[[nodiscard]] std::optional<FileProblem> problem_with_file(const std::filesystem::path& file);

}  // namespace crib::scenario
