#pragma once
// Texts that are amounts all the same, and more than a ByteSize holds: people are told so, and not that they are none.

#include <string_view>

namespace crib {

[[nodiscard]] bool is_too_large_a_size(std::string_view text);

}  // namespace crib
