#include "harness/check/params.h"

#include "harness/base/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

namespace crib::check {
namespace {

Error wrong(const std::string& kind, const std::string& name, const std::string& value, std::string_view wanted) {
    return Error(ErrorKind::usage, fmt::format("check {}: {} is \"{}\", not {}", kind, name, value, wanted),
                 "correct it in the scenario's \"checks\"");
}

std::optional<int> parse_integer(std::string_view text) {
    int value = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || result.ec != std::errc{} || result.ptr != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
    const auto letters = text.find_first_not_of("0123456789");
    if (letters == 0 || letters == std::string_view::npos) return std::nullopt;
    const auto unit = text.substr(letters);
    const auto digits = text.substr(0, letters);
    // What is more than a number holds is longer than anything else, too.
    const int number = parse_integer(digits).value_or(std::numeric_limits<int>::max());
    if (unit == "ms") return std::chrono::milliseconds{number};
    // A year stands for all that is longer, which may be more nanoseconds than a number holds.
    const auto bounded = [](std::chrono::seconds time) {
        return std::min<std::chrono::seconds>(time, std::chrono::hours{8766});
    };
    if (unit == "s") return bounded(std::chrono::seconds{number});
    if (unit == "m") return bounded(std::chrono::minutes{number});
    if (unit == "h") return bounded(std::chrono::hours{number});
    return std::nullopt;
}

bool Params::has(const std::string& name) const {
    return !text(name).empty();
}

std::string Params::text(const std::string& name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? std::string{} : found->second;
}

int Params::integer(const std::string& name) const {
    const auto value = text(name);
    if (const auto number = parse_integer(value)) return *number;
    throw wrong(kind_, name, value, "a whole number");
}

Duration Params::duration(const std::string& name) const {
    const auto value = text(name);
    if (const auto time = parse_duration(value)) return *time;
    throw wrong(kind_, name, value, "a time such as 90s or 3m");
}

}  // namespace crib::check
