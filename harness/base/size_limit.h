#pragma once
// Amounts that people give. Texts that are amounts all the same, and more than a ByteSize holds: people are told so,
// and not that they are none.

#include "harness/base/size.h"

#include <string>
#include <string_view>

namespace crib {

// The largest disk of a node, which a scenario or a node image may ask for.
inline constexpr ByteSize kMostDiskOfNode = ByteSize::gib(2048);

[[nodiscard]] bool is_too_large_a_size(std::string_view text);

// Why a text is no limit of a cache: "no size", "a number without a unit"; empty: it is one. Who means GiB and leaves
// that out would lose all that is cached; 0 alone is the same in every unit.
[[nodiscard]] std::string objection_to_limit(std::string_view text);

}  // namespace crib
