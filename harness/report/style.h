#pragma once
// Text for a terminal: colours that can be off, and cleaning of what came from elsewhere.

#include "harness/base/printable.h"

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

// As printable() has it; with `keep_newlines`, as printable_lines().
[[nodiscard]] std::string clean(std::string_view text, bool keep_newlines = false);

}  // namespace crib::report
