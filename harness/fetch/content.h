#pragma once
// What came from a server, said for people: is it a page, and how much of it came.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace crib::fetch {

// Does a web page begin here? Servers answer so, with status 200, in place of what they do not have.
[[nodiscard]] bool is_html(std::string_view beginning);
[[nodiscard]] bool is_html_file(const std::filesystem::path& file);

// "5 000 000"
[[nodiscard]] std::string grouped(std::uint64_t number);

}  // namespace crib::fetch
