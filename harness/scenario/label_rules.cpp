#include "harness/scenario/label_rules.h"

#include "harness/base/text.h"
#include "harness/scenario/fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace crib::scenario {
namespace {

constexpr std::size_t kLongestName = 63;
constexpr std::size_t kLongestPrefix = 253;
const std::vector<std::string> kEffects = {"NoSchedule", "PreferNoSchedule", "NoExecute"};

bool is_alphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Letters, digits, '-', '_' and '.', the first and the last a letter or digit.
std::string problem_with_name(std::string_view name, const std::string& what) {
    if (name.size() > kLongestName) {
        return fmt::format("{} has at most {} characters, this one has {}", what, kLongestName, name.size());
    }
    const bool known = std::all_of(name.begin(), name.end(),
                                   [](char c) { return is_alphanumeric(c) || c == '-' || c == '_' || c == '.'; });
    if (!known) return fmt::format("\"{}\": {} is of letters, digits, -, _ and .", name, what);
    if (!is_alphanumeric(name.front()) || !is_alphanumeric(name.back())) {
        return fmt::format("\"{}\": {} begins and ends with a letter or digit", name, what);
    }
    return {};
}

std::string problem_with_prefix(std::string_view prefix) {
    const auto problem = fmt::format("\"{}\": the part before the / is a DNS name in lower case", prefix);
    if (prefix.size() > kLongestPrefix) {
        return fmt::format("the part before the / has at most {} characters, this one has {}", kLongestPrefix,
                           prefix.size());
    }
    for (const auto& part : split(prefix, '.')) {
        const bool known = std::all_of(part.begin(), part.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
        });
        if (part.empty() || !known || part.front() == '-' || part.back() == '-') return problem;
    }
    return {};
}

}  // namespace

std::string problem_with_label_key(std::string_view key) {
    if (key.empty()) return "a key cannot be empty";
    const auto slash = key.find('/');
    if (slash == std::string_view::npos) return problem_with_name(key, "a key");
    if (auto problem = problem_with_prefix(key.substr(0, slash)); !problem.empty()) return problem;
    if (slash + 1 == key.size()) return fmt::format("\"{}\": nothing stands behind the /", key);
    return problem_with_name(key.substr(slash + 1), "the part of a key behind the /");
}

std::string problem_with_label_value(std::string_view value) {
    return value.empty() ? std::string{} : problem_with_name(value, "a value");
}

ParsedTaint parse_taint(std::string_view text) {
    ParsedTaint parsed;
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        parsed.problem = fmt::format("\"{}\" is not a taint: its effect is missing", text);
        parsed.hint = "a taint is KEY=VALUE:EFFECT or KEY:EFFECT, the effect one of " + join(kEffects, ", ");
        return parsed;
    }
    const auto front = text.substr(0, colon);
    const auto equals = front.find('=');
    parsed.taint.effect = text.substr(colon + 1);
    parsed.taint.key = front.substr(0, equals);
    if (equals != std::string_view::npos) parsed.taint.value = front.substr(equals + 1);
    if (std::find(kEffects.begin(), kEffects.end(), parsed.taint.effect) == kEffects.end()) {
        parsed.problem = fmt::format("unknown effect \"{}\" of a taint", parsed.taint.effect);
        parsed.hint = on_offer_hint(parsed.taint.effect, kEffects);
        return parsed;
    }
    parsed.problem = problem_with_label_key(parsed.taint.key);
    if (parsed.problem.empty()) parsed.problem = problem_with_label_value(parsed.taint.value);
    return parsed;
}

}  // namespace crib::scenario
