#include "harness/scenario/own_file.h"

#include "harness/scenario/lock.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <vector>

namespace crib::scenario {
namespace {

struct Record {
    const char* name;
    std::vector<const char*> keys;  // which it has, all of them
    const char* hint;
};

const std::array<Record, 3>& records() {
    static const std::array<Record, 3> all{{
        {"the record of a run", {"scenario-file", "hypervisor"}, R"(its "scenario-file" names the scenario)"},
        {"the record of a matrix", {"scenario-file", "cells"}, R"(its "scenario-file" names the scenario)"},
        {"the manifest of a capsule", {"crib", "parts"}, kOpenIt},
    }};
    return all;
}

FileProblem problem_with(const std::string& what, const std::string& hint) {
    return {"is " + what + ", not a scenario", hint};
}

}  // namespace

bool begins_as_capsule(std::string_view text) {
    return text.starts_with("\x28\xb5\x2f\xfd");  // zstd
}

std::optional<FileProblem> problem_with_own_file(const std::string& text) {
    if (begins_as_capsule(text)) return problem_with("a capsule of crib", kOpenIt);
    // All of them name a scenario, which no scenario does: most are not read twice.
    if (text.find("\"scenario\"") == std::string::npos) return std::nullopt;
    if (may_be_lock(text)) {
        return problem_with(
            "a lock file of crib",
            "name the scenario that it is of, and leave this file as it is; crib lock --diff shows what "
            "differs between two locks");
    }
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (!json.is_object()) return std::nullopt;
    for (const auto& record : records()) {
        if (std::ranges::all_of(record.keys, [&](const char* key) { return json.contains(key); })) {
            return problem_with(record.name, record.hint);
        }
    }
    return std::nullopt;
}

}  // namespace crib::scenario
