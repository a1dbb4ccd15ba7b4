#include "harness/base/references.h"

namespace crib {

std::optional<Reference> next_reference(std::string_view text) {
    const auto begin = text.find("${");
    if (begin == std::string_view::npos) return std::nullopt;
    const auto before = text.substr(0, begin);
    const auto inside = text.substr(begin + 2);
    const auto end = inside.find('}');
    if (end == std::string_view::npos) return Reference{before, inside, {}, false};
    return Reference{before, inside.substr(0, end), inside.substr(end + 1), true};
}

}  // namespace crib
