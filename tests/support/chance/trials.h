#pragma once
// Trials: a reader is given what chance made, seed after seed, each time in a process that may crash, hang or fill the
// memory without ending the test.
//
// Environment:
//   CRIB_SEED=N          this seed alone, in the test's own process, for a debugger
//   CRIB_FUZZ_SECONDS=N  for so long instead of so often, from a seed that the clock gives

#include "harness/base/error.h"

#include <filesystem>
#include <functional>
#include <initializer_list>
#include <string>

namespace crib::test {

// What is wrong with what the reader did; empty: nothing.
using Trial = std::function<std::string(unsigned seed)>;

// Of `usual` seeds from 0 on, or as the environment says. The first seed with which something is wrong, and what it is;
// empty: none. A trial may take 10 s of a processor and 256 MiB (the sanitizers' own not counted).
[[nodiscard]] std::string problem_of(unsigned usual, const Trial& trial);

// Either nothing is thrown, or an Error of one of these kinds with words: else, what.
[[nodiscard]] std::string read_or_refused(std::initializer_list<ErrorKind> kinds, const std::function<void()>& read);

// Where thousands of small files do not wait for a disk.
[[nodiscard]] std::filesystem::path quick_folder();

// A file for a reader, without waiting for the disk as crib's own do.
void put(const std::filesystem::path& file, const std::string& text);

}  // namespace crib::test
