#pragma once
// How much a JSON text would become: a value of two letters takes some fifty bytes once it is read.

#include <cstddef>
#include <string_view>

namespace crib::capsule {

// Are there at most so many values in it? Counts without keeping any. A text that is no JSON has those before its
// fault.
[[nodiscard]] bool has_at_most(std::string_view json, std::size_t values);

}  // namespace crib::capsule
