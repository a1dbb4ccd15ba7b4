#pragma once
// What the system refuses, by its error numbers, and what the standard library throws of it, as an Error: it is no bug
// in crib.

#include "harness/base/error.h"

#include <exception>
#include <filesystem>
#include <string>

namespace crib {

// Is it the machine that refuses, whatever file or program it was about: too many open files, no memory, a full or
// broken disk?
[[nodiscard]] bool is_of_the_machine(int error_number);

// What to do about it, of a file or folder of crib's; nothing where the system's own words say enough.
[[nodiscard]] std::string hint_for(int error_number);

// Of an Error itself, a copy; of a system's or a file system's refusal, and of too little memory, Error(environment);
// of a current folder that is gone, Error(usage); of anything else Error(internal), which begins with "a bug in crib".
[[nodiscard]] Error error_of(const std::exception& exception);

// `path` below the current folder, unless it is absolute. Error(usage) when the current folder is not there any more.
[[nodiscard]] std::filesystem::path absolute_path(const std::filesystem::path& path);

// Error(usage) when the current folder is not there any more: before a program is started in it.
void require_current_folder();

}  // namespace crib
