#pragma once
// What crib says of words that are no command line of it. CLI11 knows that something is
// wrong and where; all sentences are crib's own.

#include "harness/cli/command_line.h"

#include <CLI/CLI.hpp>

#include <optional>
#include <string>
#include <vector>

namespace crib::cli {

// "help" and "help COMMAND" are asked for with --help as well.
[[nodiscard]] std::vector<std::string> with_help_as_option(const CLI::App& app, std::vector<std::string> words);
inline constexpr const char* kHelp = "help";

// What is to be said of "help COMMAND WORD": of one command is told at a time.
[[nodiscard]] std::optional<std::string> word_too_many_for_help(const CLI::App& app,
                                                                const std::vector<std::string>& words);

// What stands behind the first "--" of a command that passes it on: another program's words, not for crib to read. They
// are cut off from `words`.
[[nodiscard]] std::vector<std::string> cut_tail(const CLI::App& app, std::vector<std::string>& words);

// What is to be said of "--state=" and its like, which CLI11 would take for --state and the next word.
[[nodiscard]] std::optional<std::string> empty_value(const CLI::App& app, const std::vector<std::string>& words);

// What is to be said when the word that should be a command is none, or an option before it is none; nothing when all
// is well, or there is no command.
[[nodiscard]] std::optional<std::string> unknown_command(const CLI::App& app, const std::vector<std::string>& words);

// The mistake, what to do, and where to read on: of an error that parsing these words has thrown.
[[nodiscard]] std::string explain(const CLI::App& app, const std::vector<std::string>& words,
                                  const CLI::ParseError& error);

// Throws when none or both of two are given.
void require_one_of(const std::string& one, bool has_one, const std::string& other, bool has_other);

inline constexpr const char* kDryRun = "remove nothing: say what would be removed, and what is left alone and why";

}  // namespace crib::cli
