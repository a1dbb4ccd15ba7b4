#pragma once
// An empty value of an option or argument is a mistake, of all of them: --state "$UNSET" must not mean "no --state".
// Internal to the reading of command lines: it knows CLI11.

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace crib::cli {

// To be called when all commands and options have been added.
void refuse_empty_values(CLI::App& app);

// "--state=" and its like, which CLI11 would take for --state and the next word. The option, or nothing.
[[nodiscard]] std::string option_without_value(const std::vector<std::string>& arguments);

// As of places_of_values().
[[nodiscard]] std::vector<std::vector<std::string>> places_of_values(const CLI::App& app);

}  // namespace crib::cli
