#include "harness/base/pattern.h"

#include "harness/base/error.h"

#include <fmt/format.h>
#include <re2/re2.h>

namespace crib {
namespace {

constexpr std::int64_t kMemory = 4 << 20;  // of one expression, with what it remembers while it matches

re2::StringPiece piece(std::string_view text) {
    return {text.data(), text.size()};
}

RE2::Options options(Pattern::Text text) {
    RE2::Options options(text == Pattern::Text::bytes ? RE2::Latin1 : RE2::DefaultOptions);
    options.set_log_errors(false);
    options.set_max_mem(kMemory);
    return options;
}

// What people know from ECMAScript or Perl and RE2 leaves out, because it cannot be matched in linear time.
bool looks_around(std::string_view expression) {
    for (const std::string_view form : {"(?=", "(?!", "(?<=", "(?<!"}) {
        if (expression.find(form) != std::string_view::npos) return true;
    }
    return false;
}

bool refers_back(std::string_view expression) {
    for (std::size_t at = 0; at + 1 < expression.size(); ++at) {
        if (expression[at] != '\\') continue;
        const char next = expression[++at];
        if ((next >= '1' && next <= '9') || next == 'k') return true;
    }
    return false;
}

std::string hint_for(const RE2& compiled, std::string_view expression) {
    const bool is_size =
        compiled.error_code() == RE2::ErrorPatternTooLarge || compiled.error_code() == RE2::ErrorRepeatSize;
    if (is_size) return "write it shorter, with smaller numbers in {}";
    if (looks_around(expression)) return "the syntax is RE2's, which has no look-ahead and no look-behind";
    if (refers_back(expression)) return "the syntax is RE2's, which has no back references";
    return "the syntax is RE2's: a backslash takes the meaning away from one of .*+?()[]{}|^$";
}

std::optional<PatternProblem> problem_with_length(std::string_view expression) {
    if (expression.size() <= kLongestPattern) return std::nullopt;
    return PatternProblem{fmt::format("is too long for a regular expression: it has {} bytes, and may have {}",
                                      expression.size(), kLongestPattern),
                          {}};
}

std::optional<PatternProblem> problem_with(const RE2& compiled, std::string_view expression) {
    if (compiled.ok()) return std::nullopt;
    return PatternProblem{fmt::format("is not a regular expression: {}", compiled.error()),
                          hint_for(compiled, expression)};
}

}  // namespace

std::optional<PatternProblem> problem_with_pattern(std::string_view expression) {
    if (auto problem = problem_with_length(expression)) return problem;
    return problem_with(RE2(piece(expression), options(Pattern::Text::utf8)), expression);
}

struct Pattern::Parts {
    RE2 compiled;
};

Pattern::Pattern(std::string_view expression, Text text) {
    auto problem = problem_with_length(expression);
    if (!problem) {
        parts_.reset(new Parts{RE2(piece(expression), options(text))});
        problem = problem_with(parts_->compiled, expression);
    }
    if (problem) throw Error(ErrorKind::usage, fmt::format("\"{}\" {}", expression, problem->message), problem->hint);
}

Pattern::~Pattern() = default;
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;

bool Pattern::matches_whole(std::string_view text) const {
    return RE2::FullMatch(piece(text), parts_->compiled);
}

std::optional<std::vector<std::string>> Pattern::groups_of(std::string_view text) const {
    std::vector<re2::StringPiece> found(static_cast<std::size_t>(parts_->compiled.NumberOfCapturingGroups()) + 1);
    if (!parts_->compiled.Match(piece(text), 0, text.size(), RE2::ANCHOR_BOTH, found.data(),
                                static_cast<int>(found.size()))) {
        return std::nullopt;
    }
    std::vector<std::string> groups;
    for (std::size_t i = 1; i < found.size(); ++i) groups.emplace_back(found[i].data(), found[i].size());
    return groups;
}

std::string Pattern::replace_all(std::string_view text, std::string_view replacement) const {
    std::string result(text);
    RE2::GlobalReplace(&result, parts_->compiled, piece(replacement));
    return result;
}

}  // namespace crib
