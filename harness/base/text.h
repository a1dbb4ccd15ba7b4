#pragma once
// Text helpers that several modules need.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace crib {

// One word for a POSIX shell: unchanged when it needs no quotes, else in single quotes.
[[nodiscard]] std::string shell_quote(std::string_view word);
[[nodiscard]] std::string shell_join(const std::vector<std::string>& words);

[[nodiscard]] std::vector<std::string> split(std::string_view text, char separator);
[[nodiscard]] std::vector<std::string> split_lines(std::string_view text);  // no trailing empty line
[[nodiscard]] std::string join(const std::vector<std::string>& parts, std::string_view separator);
[[nodiscard]] std::string_view trim(std::string_view text);
[[nodiscard]] bool is_valid_utf8(std::string_view text);
// The byte continues a character of UTF-8: a text must not be cut before it.
[[nodiscard]] constexpr bool is_inside_character(char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

// The candidate nearest to `word` by edit distance, if it is near enough to be what was meant.
[[nodiscard]] std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& candidates);

// "850ms", "12.3s", "4m05s".
[[nodiscard]] std::string to_short_string(std::chrono::nanoseconds duration);

// The last `count` lines of a text.
[[nodiscard]] std::string last_lines(std::string_view text, std::size_t count);

// What a tool that failed says of why: the first `count` lines that begin with "E: ", as apt's and mmdebstrap's errors
// do, the cause before what followed from it; without any, the last lines.
[[nodiscard]] std::string error_lines(std::string_view text, std::size_t count);

// Lower-case letters and digits from the system's random source.
[[nodiscard]] std::string random_word(std::size_t length);

// "2026-11-23T12:05:00.123Z"
[[nodiscard]] std::string to_iso8601(std::chrono::system_clock::time_point time);

}  // namespace crib
