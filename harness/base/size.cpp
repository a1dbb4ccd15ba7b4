#include "harness/base/size.h"

#include "harness/base/size_limit.h"
#include "harness/base/text.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>
#include <utility>

namespace crib {
namespace {

using Unit = std::pair<std::string_view, std::uint64_t>;
constexpr std::array<Unit, 9> kUnits{{{"", 1},
                                      {"B", 1},
                                      {"KiB", 1ULL << 10U},
                                      {"MiB", 1ULL << 20U},
                                      {"GiB", 1ULL << 30U},
                                      {"TiB", 1ULL << 40U},
                                      {"KB", 1'000ULL},
                                      {"MB", 1'000'000ULL},
                                      {"GB", 1'000'000'000ULL}}};

enum class Outcome { good, too_large, none };

Outcome read(std::string_view text, ByteSize& size) {
    std::uint64_t number = 0;
    const auto* end = text.data() + text.size();
    const auto [rest, problem] = std::from_chars(text.data(), end, number);
    if (problem == std::errc::invalid_argument) return Outcome::none;
    const auto unit = trim({rest, static_cast<std::size_t>(end - rest)});
    for (const auto& [name, factor] : kUnits) {
        if (unit != name) continue;
        if (problem != std::errc{} || number > std::numeric_limits<std::uint64_t>::max() / factor) {
            return Outcome::too_large;
        }
        size.bytes = number * factor;
        return Outcome::good;
    }
    return Outcome::none;
}

constexpr std::array<const char*, 5> kNames{"B", "KiB", "MiB", "GiB", "TiB"};

}  // namespace

std::optional<ByteSize> ByteSize::parse(std::string_view text) {
    ByteSize size;
    return read(text, size) == Outcome::good ? std::optional(size) : std::nullopt;
}

bool is_too_large_a_size(std::string_view text) {
    ByteSize size;
    return read(text, size) == Outcome::too_large;
}

std::string objection_to_limit(std::string_view text) {
    ByteSize size;
    switch (read(text, size)) {
        case Outcome::none:
            return "no size";
        case Outcome::too_large:
            return "too large a size";
        case Outcome::good:
            break;
    }
    const bool is_bare = text.find_first_not_of("0123456789 ") == std::string_view::npos;
    return is_bare && size.bytes != 0 ? "a number without a unit" : "";
}

std::string to_string(ByteSize size) {
    auto value = static_cast<double>(size.bytes);
    std::size_t unit = 0;
    while (value >= 1024 && unit + 1 < kNames.size()) {
        value /= 1024;
        ++unit;
    }
    const auto text = fmt::format("{:.1f}", value);
    return fmt::format("{} {}", text.ends_with(".0") ? text.substr(0, text.size() - 2) : text, kNames[unit]);
}

std::string to_exact_string(ByteSize size) {
    auto value = size.bytes;
    std::size_t unit = 0;
    while (value != 0 && value % 1024 == 0 && unit + 1 < kNames.size()) {
        value /= 1024;
        ++unit;
    }
    return fmt::format("{} {}", value, kNames[unit]);
}

}  // namespace crib
