#pragma once
// What options and arguments take for a value. An empty one is a mistake, of all of them: --state "$UNSET" must not
// mean "no --state". Internal to the reading of command lines: it knows CLI11.

#include <CLI/CLI.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace crib::cli {

// To be called when all commands and options have been added.
void refuse_empty_values(CLI::App& app);

// As a command line has it, also of options that --help does not show, for which CLI11 has no name.
[[nodiscard]] std::string full_name(const CLI::Option& option);

// For the values that an option may have, in crib's own words.
[[nodiscard]] CLI::Validator whole_number(std::uint64_t least, std::uint64_t most);
[[nodiscard]] CLI::Validator one_of(std::vector<std::string> values);
[[nodiscard]] CLI::Validator driver_uri();  // the address of a libvirt driver

// As of places_of_values().
[[nodiscard]] std::vector<std::vector<std::string>> places_of_values(const CLI::App& app);

}  // namespace crib::cli
