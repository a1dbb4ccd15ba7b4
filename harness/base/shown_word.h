#pragma once
// Words of a shell's command line that a message shows: who copies them from the terminal gets the very same.

#include <string>
#include <string_view>

namespace crib {

// As shell_quote() has it where a terminal shows all of it; else for bash, $'a\nb'.
[[nodiscard]] std::string shown_word(std::string_view word);

// For bash, in printable ASCII: $'a\nb'.
[[nodiscard]] std::string escaped_word(std::string_view word);

// The path itself where a terminal shows all of it, else as a word.
[[nodiscard]] std::string shown_path(std::string_view path);

}  // namespace crib
