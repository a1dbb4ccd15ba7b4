#include "harness/fetch/content.h"

#include "harness/base/text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>

namespace crib::fetch {

bool is_html(std::string_view beginning) {
    const auto text = trim(beginning.substr(0, 512));
    const auto starts = [&](std::string_view word) {
        return text.size() >= word.size() && std::equal(word.begin(), word.end(), text.begin(), [](char a, char b) {
                   return a == static_cast<char>(std::tolower(static_cast<unsigned char>(b)));
               });
    };
    return starts("<!doctype html") || starts("<html");
}

bool is_html_file(const std::filesystem::path& file) {
    std::array<char, 512> buffer{};
    std::ifstream in(file, std::ios::binary);
    in.read(buffer.data(), buffer.size());
    return is_html(std::string_view(buffer.data(), static_cast<std::size_t>(in.gcount())));
}

std::string grouped(std::uint64_t number) {
    std::string text = std::to_string(number);
    for (std::size_t at = text.size(); at > 3;) {
        at -= 3;
        text.insert(at, 1, ' ');  // GCC 12 takes " " for an overlap
    }
    return text;
}

}  // namespace crib::fetch
