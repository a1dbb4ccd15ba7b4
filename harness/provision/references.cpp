#include "harness/provision/references.h"

#include "harness/base/error.h"
#include "harness/base/references.h"
#include "harness/base/text.h"

#include <fmt/format.h>

namespace crib::provision {
namespace {

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

}  // namespace crib::provision
