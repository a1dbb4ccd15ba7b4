#include "harness/provision/conditions.h"

#include "harness/base/glob.h"
#include "harness/base/plain_name.h"
#include "harness/base/text.h"
#include "harness/base/version.h"
#include "harness/provision/references.h"

#include <algorithm>

namespace crib::provision {
namespace {

bool is_comparison(std::string_view pattern) {
    return pattern.starts_with('<') || pattern.starts_with('>');
}

// "1.36.3" is not newer than "1.36": as many numbers are compared as the bound has.
std::string cut_like(std::string_view version, std::string_view bound) {
    auto parts = split(version, '.');
    const auto wanted = split(bound, '.').size();
    if (parts.size() > wanted) parts.resize(wanted);
    return join(parts, ".");
}

bool compares(std::string_view value, std::string_view comparison) {
    const bool less = comparison.starts_with('<');
    const bool or_equal = comparison.size() > 1 && comparison[1] == '=';
    const auto bound = comparison.substr(or_equal ? 2 : 1);
    const auto cut = cut_like(value, bound);
    if (less) return or_equal ? !is_older(bound, cut) : is_older(cut, bound);
    return or_equal ? !is_older(cut, bound) : is_older(bound, cut);
}

// "1", "1.24", "1.36.3"
bool is_bound(std::string_view text) {
    const auto numbers = split(text, '.');
    return numbers.size() <= 3 && std::all_of(numbers.begin(), numbers.end(), [](const std::string& number) {
               return !number.empty() && number.size() <= 6 &&
                      number.find_first_not_of("0123456789") == std::string::npos;
           });
}

}  // namespace

std::string objection_to_pattern(std::string_view pattern) {
    if (pattern.empty()) return {};  // a fact may be empty: "cluster.labels"
    auto objection = objection_to_line(pattern);
    if (!objection.empty()) return objection;
    if (!is_comparison(pattern)) {
        const bool has_comparison = pattern.find_first_of("<>") != std::string_view::npos;
        return has_comparison ? "has a comparison behind what is none: write it as \">=1.24 <1.27\"" : "";
    }
    for (const auto& part : split(pattern, ' ')) {
        const auto bound = std::string_view(part).substr(std::min(part.size(), part.find_first_not_of("<>=")));
        const auto sign = std::string_view(part).substr(0, part.size() - bound.size());
        const bool is_sign = sign == "<" || sign == "<=" || sign == ">" || sign == ">=";
        if (!is_sign || !is_bound(bound)) return "compares with no version: write it as \">=1.24 <1.27\"";
    }
    return {};
}

bool matches(std::string_view value, std::string_view pattern) {
    if (!is_comparison(pattern)) return matches_glob(pattern, value, QuestionMark::any_character);
    const auto parts = split(pattern, ' ');
    return std::all_of(parts.begin(), parts.end(), [&](const auto& part) { return compares(value, part); });
}

bool holds(const Conditions& conditions, const std::map<std::string, std::string>& facts, const std::string& where) {
    return std::all_of(conditions.begin(), conditions.end(), [&](const Condition& condition) {
        // A system of somebody's own is in no table: what is not known of it fulfils no condition.
        if (condition.fact.starts_with("os.") && !facts.contains(condition.fact)) return false;
        const auto value = replace_references("${" + condition.fact + "}", facts, where);
        return std::any_of(condition.patterns.begin(), condition.patterns.end(),
                           [&](const auto& pattern) { return matches(value, pattern); });
    });
}

}  // namespace crib::provision
