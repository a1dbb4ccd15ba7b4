#pragma once
// The commands and options of crib, as CLI11 knows them: what they are called, what they take, and how words of a
// command line fall to them.

#include "harness/cli/command_line.h"

#include <CLI/CLI.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace crib::cli {

using Words = std::vector<std::string>;

// Of those that pass on what stands behind "--".
[[nodiscard]] bool passes_on(std::string_view command);

[[nodiscard]] Words names_of(const std::vector<const CLI::App*>& commands);
[[nodiscard]] std::vector<const CLI::App*> commands_of(const CLI::App& app);

// "cache ls", "crib cache ls"; of crib itself, nothing and "crib".
[[nodiscard]] std::string title_of(const CLI::App& app);
[[nodiscard]] std::string full_title_of(const CLI::App& app);

// "crib checkpoint RUN NAME".
[[nodiscard]] std::string usage_of(const CLI::App& command);

[[nodiscard]] bool is_option(const std::string& word);
// What an option is called without its value: "--set" of "--set=name=x".
[[nodiscard]] std::string option_name(const std::string& word);
// The option of that name, of the command or of what it is a command of; null: there is none.
[[nodiscard]] const CLI::Option* find_option(const CLI::App& app, const std::string& word);
// All that may be written where an option of this command may stand.
[[nodiscard]] Words options_of(const CLI::App& command);
// How many values it takes in words of their own.
[[nodiscard]] std::size_t values_of(const CLI::Option& option);

// How many words an option takes with its values; one that is unknown, itself.
[[nodiscard]] std::size_t words_of(const CLI::App& app, const std::string& word);
// The place of the first word that is no option and no option's value.
[[nodiscard]] std::size_t next_word(const CLI::App& app, const Words& words, std::size_t at);
// The command that the words begin with, as far as they name one.
[[nodiscard]] const CLI::App& command_in(const CLI::App& app, const Words& words);

[[nodiscard]] std::vector<CommandShape> shapes_of(const CLI::App& app);

}  // namespace crib::cli
