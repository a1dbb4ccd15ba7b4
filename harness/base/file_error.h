#pragma once
// What is said of a file that cannot be used, and of a full disk.

#include <filesystem>
#include <string>

namespace crib {

// Error(environment): "cannot VERB PATH: …" with what to do about that, or of its disk that it is full.
[[noreturn]] void throw_file_error(const char* verb, const std::filesystem::path& path, int error_number);

// Error(environment): "saving … (1.4 GiB): the disk of … is full (… free)".
[[noreturn]] void throw_disk_full(const std::string& what, const std::filesystem::path& folder);

}  // namespace crib
