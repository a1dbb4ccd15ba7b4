#pragma once
// Text for a terminal: colours that can be off, widths, and cleaning of what came from elsewhere.

#include <string>
#include <string_view>

namespace crib::report {

enum class Tone { plain, good, bad, caution, dim, strong };

class Style {
public:
    explicit Style(bool colour) : colour_(colour) {}
    [[nodiscard]] bool colour() const { return colour_; }
    [[nodiscard]] std::string paint(Tone tone, std::string_view text) const;

private:
    bool colour_;
};

// Valid UTF-8 without control characters and terminal sequences. Tabs become spaces; newlines stay
// only when `keep_newlines`. Bytes that are no UTF-8 become U+FFFD.
[[nodiscard]] std::string clean(std::string_view text, bool keep_newlines = false);

// Columns that a clean text takes on a terminal.
[[nodiscard]] std::size_t columns(std::string_view text);

// At most `width` columns; what was cut is marked by an ellipsis at the end.
[[nodiscard]] std::string elide(std::string_view text, std::size_t width);

// With spaces up to `width` columns; longer texts stay as they are.
[[nodiscard]] std::string pad(std::string_view text, std::size_t width);

}  // namespace crib::report
