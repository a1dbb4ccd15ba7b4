#pragma once
// What both ways of starting a program share. Private to the module.

#include "harness/process/runner.h"

#include <filesystem>
#include <string>
#include <vector>

namespace crib::process {

// The program's file: as given when it names a folder, else the first executable of that name in the
// command's PATH. Error(process) with a hint when there is none.
std::filesystem::path find_program(const Command& command);

// "NAME=value" strings: crib's own environment with the command's changes.
std::vector<std::string> environment_of(const Command& command);

// Pointers into `words`, ended by a null pointer, as exec wants them.
std::vector<char*> pointers_of(std::vector<std::string>& words);

// In a child between fork and exec: every signal unblocked and at its default, so that a program does
// not inherit what crib's main thread blocks.
void reset_signals() noexcept;

}  // namespace crib::process
