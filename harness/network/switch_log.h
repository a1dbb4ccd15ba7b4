#pragma once
// The switch's log: its standard error, a file of the run. That it cannot be written, on a full disk, ends no network.

#include <string_view>

namespace crib::network {

// One line, without its newline; what guests put into it is made printable.
void log_line(std::string_view line) noexcept;

}  // namespace crib::network
