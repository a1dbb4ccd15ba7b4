#pragma once
// Names and texts in files that others write, as far as they become parts of paths, URLs, scripts and lines of a table.

#include <cstddef>
#include <string>
#include <string_view>

namespace crib {

// A name that may become a file's or a run's: letters, digits, "._-", not beginning with a dot or dash, at most 100.
[[nodiscard]] bool is_plain_name(const std::string& name, std::size_t longest = 100);

// A name that a shell takes for a variable: "CRI_SOCKET".
[[nodiscard]] bool is_variable_name(std::string_view name);

// What is wrong with a text for people, as a sentence that goes on after its name: "is empty", "has more than one
// line"; empty: nothing, a terminal shows all of it in one line.
[[nodiscard]] std::string objection_to_line(std::string_view text);

}  // namespace crib
