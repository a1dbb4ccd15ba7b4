#include "harness/base/version.h"

#include <charconv>

namespace crib {

std::optional<WrittenVersion> parse_written_version(std::string_view text) {
    WrittenVersion parsed;
    const char* at = text.data();
    const char* const end = at + text.size();
    while (parsed.numbers < 3) {
        const auto [next, error] = std::from_chars(at, end, parsed.version.numbers.at(parsed.numbers));
        if (error != std::errc{}) break;
        ++parsed.numbers;
        at = next;
        if (at == end || *at != '.' || parsed.numbers == 3) break;
        if (at + 1 == end || at[1] < '0' || at[1] > '9') break;  // "5.14.el9": the rest begins at the dot
        ++at;
    }
    if (parsed.numbers == 0) return std::nullopt;
    parsed.version.rest.assign(at, end);
    return parsed;
}

std::optional<Version> parse_version(std::string_view text) {
    auto parsed = parse_written_version(text);
    if (!parsed) return std::nullopt;
    return std::move(parsed->version);
}

std::string minor_of(std::string_view version) {
    const auto first = version.find('.');
    if (first == std::string_view::npos) return std::string(version);
    return std::string(version.substr(0, version.find('.', first + 1)));
}

bool is_older(std::string_view left, std::string_view right) {
    return parse_version(left).value_or(Version{}).numbers < parse_version(right).value_or(Version{}).numbers;
}

}  // namespace crib
