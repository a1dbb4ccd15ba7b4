#pragma once
// What the standard library throws, as an Error: what the system refuses is no bug in crib.

#include "harness/base/error.h"

#include <exception>
#include <filesystem>

namespace crib {

// Of an Error itself, a copy; of a system's or a file system's refusal, and of too little memory, Error(environment);
// of a current folder that is gone, Error(usage); of anything else Error(internal), which begins with "a bug in crib".
[[nodiscard]] Error error_of(const std::exception& exception);

// `path` below the current folder, unless it is absolute. Error(usage) when the current folder is not there any more.
[[nodiscard]] std::filesystem::path absolute_path(const std::filesystem::path& path);

}  // namespace crib
