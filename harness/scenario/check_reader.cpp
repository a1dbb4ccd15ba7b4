// Reads "checks".

#include "harness/scenario/limits.h"
#include "harness/scenario/reading.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::scenario {
namespace {

using Json = nlohmann::json;

void read_params(Reading& reading, const Json& json, const std::string& path, Check& check) {
    // A checkout under test says its version only when it is built: the engine replaces these once more.
    const auto is_version = [](const std::string& name) { return name.starts_with("versions."); };
    for (const auto& [name, value] : json.items()) {
        const auto place = child_path(path, name);
        // What is wrong with a number the check says better, which knows what it is.
        if (value.is_number()) {
            check.params[name] = check.written[name] = value.dump();
            continue;
        }
        const auto text = reading.fields.scalar(value, place);
        check.params[name] = text.value_or("");
        if (text) check.written[name] = reading.fields.scalar(value, place, is_version).value_or("");
    }
}

// Is the version that it refers to told as wrong itself? What is wrong with the parameter only follows from that.
bool refers_to_a_wrong_version(const Reading& reading, const Check& check, const std::string& param) {
    const auto written = check.written.find(param);
    if (written == check.written.end()) return false;
    return std::ranges::any_of(reading.scenario.versions, [&](const auto& version) {
        const auto& name = version.first;
        return written->second.find("${versions." + name + "}") != std::string::npos &&
               reading.document.has_mistake_at(child_path("$.versions", name));
    });
}

void read_check(Reading& reading, const Json& json, const std::string& path) {
    if (!reading.fields.require_type(json, path, Json::value_t::object)) return;
    if (json.size() != 1) {
        reading.document.report(path,
                                fmt::format("a check is one kind with its parameters, but here are {}", json.size()),
                                R"(for example {"nodes-ready": {}})");
        return;
    }
    const std::string kind = json.begin().key();
    const std::string kind_path = child_path(path, kind);
    if (!reading.fields.require_type(json[kind], kind_path, Json::value_t::object)) return;
    Check check{kind, {}, {}};
    read_params(reading, json[kind], kind_path, check);
    reading.scenario.checks.push_back(check);
    if (!reading.known.check_problems) return;
    for (const auto& problem : reading.known.check_problems(check, reading.scenario)) {
        if (refers_to_a_wrong_version(reading, check, problem.param)) continue;
        const bool is_given = json[kind].contains(problem.param);
        reading.document.report(is_given ? child_path(kind_path, problem.param) : kind_path, problem.message,
                                problem.hint, Document::At::key);
    }
}

}  // namespace

void read_checks(Reading& reading) {
    const auto* checks = reading.top("checks", Json::value_t::array);
    if (checks == nullptr) return;
    const auto count = reading.fields.count_of(*checks, "$.checks", "checks", kMostChecks);
    for (std::size_t i = 0; i < count; ++i) read_check(reading, (*checks)[i], child_path("$.checks", i));
}

}  // namespace crib::scenario
