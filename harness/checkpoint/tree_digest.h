#pragma once
// A file's digest that two threads can make: SHA-256 of its length and of the SHA-256 of each of its pieces. Internal.

#include "harness/base/context.h"

#include <filesystem>
#include <string>

namespace crib::checkpoint {

// 64 hex digits. Error(environment) when the file cannot be read.
[[nodiscard]] std::string tree_digest(const std::filesystem::path& file, const Context& context);

}  // namespace crib::checkpoint
