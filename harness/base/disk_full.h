#pragma once
// A program that met a full disk says so in its own words; here they are known.

#include <algorithm>
#include <cctype>
#include <string_view>

namespace crib {

// True for libc's words in any program's output, and Go's, which are in lower case.
[[nodiscard]] inline bool tells_of_full_disk(std::string_view words) {
    constexpr std::string_view message = "no space left on device";
    const auto same = [](unsigned char a, char b) { return std::tolower(a) == b; };
    const auto* found = std::search(words.begin(), words.end(), message.begin(), message.end(), same);
    return found != words.end() || words.find("ENOSPC") != std::string_view::npos;
}

}  // namespace crib
