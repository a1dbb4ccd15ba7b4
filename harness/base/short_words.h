#pragma once
// What is said back to whoever wrote it: a name in a file may be as long as the file.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace crib {

// Of words that are too long to be read only the begin and the end, with an ellipsis between them. Lines stay lines.
[[nodiscard]] std::string with_short_words(std::string_view text);

// "a, b, c and 1980 more": of many names only the first ones.
[[nodiscard]] std::string some_of(const std::vector<std::string>& names, std::size_t most = 20);

}  // namespace crib
