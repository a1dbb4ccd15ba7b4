#pragma once
// The syntax of references in texts: ${NAME}. What a name stands for is the caller's affair.

#include <optional>
#include <string_view>

namespace crib {

struct Reference {
    std::string_view before;  // the text up to it
    std::string_view name;    // up to the end of the text when the brace is not closed
    std::string_view rest;    // the text after it
    bool closed = true;
};

// The first reference in `text`; the views are into it.
[[nodiscard]] std::optional<Reference> next_reference(std::string_view text);

}  // namespace crib
