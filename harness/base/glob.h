#pragma once
// Patterns with wildcards: `*` stands for any text. Without `?`, matching takes time that is linear in both.

#include <string_view>

namespace crib {

// Does `?` stand for any one character, or for itself?
enum class QuestionMark { itself, any_character };

[[nodiscard]] bool matches_glob(std::string_view pattern, std::string_view text,
                                QuestionMark question = QuestionMark::itself);

}  // namespace crib
