#include "harness/provision/references.h"

#include "harness/base/error.h"
#include "harness/base/references.h"
#include "harness/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace crib::provision {
namespace {

unsigned number_of(std::string_view text) {
    unsigned number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

[[noreturn]] void fail_unknown(const std::string& name, const std::map<std::string, std::string>& facts,
                               const std::string& where) {
    std::vector<std::string> names;
    names.reserve(facts.size());
    for (const auto& [known, value] : facts) names.push_back(known);
    const auto meant = nearest(name, names);
    throw Error(ErrorKind::usage, fmt::format("{}: nothing is known by the name ${{{}}}", where, name),
                meant ? fmt::format("did you mean ${{{}}}?", *meant) : "known are: " + join(names, ", "));
}

}  // namespace

std::string replace_references(std::string_view text, const std::map<std::string, std::string>& facts,
                               const std::string& where) {
    std::string result;
    while (const auto found = next_reference(text)) {
        if (!found->closed) {
            throw Error(ErrorKind::usage, fmt::format("{}: the brace of \"{}\" is not closed", where, text));
        }
        const std::string name(found->name);
        const auto fact = facts.find(name);
        if (fact == facts.end()) fail_unknown(name, facts, where);
        result += std::string(found->before) + fact->second;
        text = found->rest;
    }
    return result + std::string(text);
}

std::string minor_of(std::string_view version) {
    const auto first = version.find('.');
    if (first == std::string_view::npos) return std::string(version);
    return std::string(version.substr(0, version.find('.', first + 1)));
}

bool older(std::string_view left, std::string_view right) {
    const auto left_parts = split(left, '.');
    const auto right_parts = split(right, '.');
    return std::lexicographical_compare(
        left_parts.begin(), left_parts.end(), right_parts.begin(), right_parts.end(),
        [](const std::string& a, const std::string& b) { return number_of(a) < number_of(b); });
}

}  // namespace crib::provision
