#pragma once
// Printable: a foreign text (a file's, a guest's, a user's) made fit for a terminal. All that crib prints goes by here.

#include <cstddef>
#include <string>
#include <string_view>

namespace crib {

// One line of valid UTF-8 in which nothing is hidden: terminal sequences (ECMA-48) are left out, newlines and tabs are
// spaces. What a terminal must not get or would not show becomes U+FFFD: bytes that are no UTF-8, control characters,
// marks that turn the direction of writing (UAX #9), other characters without a shape but the joiners of U+200C and
// U+200D and variation selectors.
[[nodiscard]] std::string printable(std::string_view text);

// The same for a block of lines: newlines and tabs stay. A carriage return without a newline, by which a line is
// written over, ends the line.
[[nodiscard]] std::string printable_lines(std::string_view text);

// JSON text as it is, but for what a terminal must not get, which is escaped as \uXXXX: it says the same.
[[nodiscard]] std::string printable_json(std::string_view json);

// Columns that a printable text takes on a terminal.
[[nodiscard]] std::size_t columns(std::string_view text);

// At most `width` columns; what was cut is marked by an ellipsis at the end.
[[nodiscard]] std::string elide(std::string_view text, std::size_t width);

// With spaces up to `width` columns; longer texts stay as they are.
[[nodiscard]] std::string pad(std::string_view text, std::size_t width);

}  // namespace crib
