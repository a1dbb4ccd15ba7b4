#pragma once
// Pattern: a regular expression in RE2's syntax. Matching takes time that is linear in the text and memory that has a
// bound, whatever the expression and the text are.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace crib {

inline constexpr std::size_t kLongestPattern = 1000;  // bytes

// What is wrong with an expression, as a sentence that goes on after its place, and what to do.
struct PatternProblem {
    std::string message;  // "is not a regular expression: missing closing ]: [abc"
    std::string hint;     // may be empty
};

// Nothing when it can be used.
[[nodiscard]] std::optional<PatternProblem> problem_with_pattern(std::string_view expression);

class Pattern {
public:
    // What the text is: UTF-8, or bytes of which each is a character, as a log's may be.
    enum class Text { utf8, bytes };

    // Error(usage) where problem_with_pattern() finds something.
    explicit Pattern(std::string_view expression, Text text = Text::utf8);
    ~Pattern();
    Pattern(Pattern&&) noexcept;
    Pattern& operator=(Pattern&&) noexcept;

    [[nodiscard]] bool matches_whole(std::string_view text) const;
    // What the groups have matched when the expression matches the whole text.
    [[nodiscard]] std::optional<std::vector<std::string>> groups_of(std::string_view text) const;
    // Every match replaced; \1 stands for what the first group has matched.
    [[nodiscard]] std::string replace_all(std::string_view text, std::string_view replacement) const;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace crib
