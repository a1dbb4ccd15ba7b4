#pragma once
// Printed: a text for people out of a format and values, each of which is a piece of one line whatever it says.

#include "harness/base/printable.h"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <type_traits>

namespace crib::cli {

namespace detail {

template <typename T>
using Shown = std::conditional_t<std::is_convertible_v<const T&, std::string_view>, std::string, const T&>;

template <typename T>
Shown<T> shown(const T& value) {
    if constexpr (std::is_convertible_v<const T&, std::string_view>) {
        return printable(value);
    } else {
        return value;
    }
}

}  // namespace detail

template <typename... T>
using PrintedFormat = fmt::format_string<detail::Shown<T>...>;

template <typename... T>
[[nodiscard]] std::string printed(PrintedFormat<T...> format, const T&... values) {
    return fmt::format(format, detail::shown(values)...);
}

}  // namespace crib::cli
