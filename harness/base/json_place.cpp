#include "harness/base/json_place.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib {

void throw_not_json(std::string_view text, std::size_t byte) {
    if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) throw JsonFault("it is empty");
    const auto offset = std::min(byte == 0 ? 0 : byte - 1, text.size());
    const auto before = text.substr(0, offset);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const auto last = before.rfind('\n');
    const auto column = offset - (last == std::string_view::npos ? 0 : last + 1) + 1;
    const bool is_cut_off = text.find_first_not_of(" \t\r\n", offset) == std::string_view::npos;
    throw JsonFault(
        fmt::format("line {}, column {}: {}", line, column, is_cut_off ? "the JSON is cut off" : "this is not JSON"));
}

void JsonValueCount::add() {
    if (++count_ > most_) throw JsonFault(fmt::format("it has more than {} values", most_));
}

std::string words_of_json_error(int id, std::string_view what) {
    constexpr int kOfAnotherType = 302;
    constexpr int kNoSuchKey = 403;
    const auto between = [&](std::string_view before, std::string_view after) {
        const auto begin = what.find(before);
        if (begin == std::string_view::npos) return std::string();
        const auto rest = what.substr(begin + before.size());
        return std::string(rest.substr(0, rest.rfind(after)));
    };
    if (id == kNoSuchKey) return fmt::format("it lacks \"{}\"", between("key '", "' not found"));
    if (id == kOfAnotherType) return fmt::format("a value in it must be {}", between("type must be ", ", but is"));
    return "it has another form than crib reads";
}

void throw_number_out_of_range() {
    throw JsonFault("a number in it is out of range");
}

}  // namespace crib
