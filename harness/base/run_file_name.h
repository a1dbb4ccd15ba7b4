#pragma once
// The name of a run's file in a cache that several state folders share, each of which may have a run of that id:
// "ID-xxxxxxxxxxxxxxxx", with a digest of the path of the folder that goes with the run.

#include "harness/base/sha256.h"

#include <cstddef>
#include <filesystem>
#include <string>

namespace crib {

inline constexpr std::size_t kPathDigits = 16;

[[nodiscard]] inline std::string run_file_name(const std::string& run, const std::filesystem::path& while_exists) {
    return run + "-" + sha256_hex(while_exists.string()).substr(0, kPathDigits);
}

// ID of such a name; of another all of it. A run's id ends with fewer digits.
[[nodiscard]] inline std::string run_of_file_name(const std::string& name) {
    const auto dash = name.rfind('-');
    const bool has_digits = dash != std::string::npos && name.size() == dash + 1 + kPathDigits &&
                            name.find_first_not_of("0123456789abcdef", dash + 1) == std::string::npos;
    return has_digits ? name.substr(0, dash) : name;
}

}  // namespace crib
