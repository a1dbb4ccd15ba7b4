#include "harness/base/plain_name.h"

#include "harness/base/printable.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib {
namespace {

constexpr std::size_t kLongestName = 100;
constexpr std::size_t kLongestLine = 1000;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace

bool is_plain_name(const std::string& name, std::size_t longest) {
    const auto may_stand = [](char c) { return is_letter(c) || is_digit(c) || c == '.' || c == '_' || c == '-'; };
    return !name.empty() && name.size() <= longest && name.front() != '.' && name.front() != '-' &&
           std::all_of(name.begin(), name.end(), may_stand);
}

bool is_variable_name(std::string_view name) {
    const auto may_stand = [](char c) { return is_letter(c) || is_digit(c) || c == '_'; };
    return !name.empty() && name.size() <= kLongestName && !is_digit(name.front()) &&
           std::all_of(name.begin(), name.end(), may_stand);
}

std::string objection_to_line(std::string_view text) {
    if (text.find_first_not_of(' ') == std::string_view::npos) return "is empty";
    if (text.size() > kLongestLine) return fmt::format("is longer than {} bytes", kLongestLine);
    if (text.find('\n') != std::string_view::npos) return "has more than one line";
    return printable(text) == text ? std::string() : "has characters that a terminal must not get";
}

}  // namespace crib
