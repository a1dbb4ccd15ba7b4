#pragma once
// What crib says of words that are no command line of it, and of its commands themselves.

#include "harness/cli/command_line.h"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace crib::cli {

// "help" and "help COMMAND" are asked for with --help as well.
[[nodiscard]] std::vector<std::string> with_help_as_option(std::vector<std::string> words);

// What is to be said when the word that should be a command is none; nothing when it is one, or there is none.
[[nodiscard]] std::optional<std::string> unknown_command(const CLI::App& app, const std::vector<std::string>& words);

// The mistake, and where to read on.
[[nodiscard]] std::string explain(const CLI::App& app, const CLI::ParseError& error);

[[nodiscard]] std::vector<CommandShape> shapes_of(const CLI::App& app);

// Throws when none or both of two are given.
void require_one_of(const std::string& one, bool has_one, const std::string& other, bool has_other);

inline constexpr const char* kDryRun = "remove nothing: say what would be removed, and what is left alone and why";

// For an option's value.
[[nodiscard]] CLI::Validator whole_number(std::uint64_t least, std::uint64_t most);
[[nodiscard]] CLI::Validator driver_uri();  // the address of a libvirt driver

}  // namespace crib::cli
