#include "harness/report/junit.h"

#include "harness/base/text.h"
#include "harness/report/junit_xml.h"
#include "harness/report/style.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::report {
namespace {

using events::Outcome;

void set_text(pugi::xml_node node, const std::string& text) {
    if (!text.empty()) node.text().set(clean(text, true).c_str());
}

struct Case {
    std::string group;  // "steps.master", "checks", "run"
    std::string name;
    Outcome outcome = Outcome::passed;
    std::string message;
    std::string detail;
    Duration took{};
    bool was_expected = false;  // it failed, and was to
};

std::vector<Case> cases_of(const events::RunRecord& record) {
    std::vector<Case> cases;
    for (const auto& step : record.steps) {
        cases.push_back({"steps." + step.node, step.step + ": " + step.title, step.outcome, step.reason,
                         step.output_tail, step.took, false});
    }
    for (const auto& check : record.checks) {
        const auto detail = check.last_seen.empty() ? std::string{} : "last seen: " + check.last_seen;
        cases.push_back(
            {"checks", check.check + ": " + check.title, check.outcome, check.summary, detail, check.took, false});
    }
    const auto& end = record.finished;
    if (end.as_expected) {
        for (auto& one : cases) one.was_expected = one.outcome == Outcome::failed;
    }
    const auto is_bad = [](Outcome outcome) { return outcome != Outcome::passed && outcome != Outcome::skipped; };
    if (!record.complete) {
        cases.push_back({"run", "run", Outcome::error, "the run did not come to its end", {}, end.took, false});
    } else if (is_bad(end.outcome) && (!end.expected.empty() || std::ranges::none_of(cases, is_bad, &Case::outcome))) {
        cases.push_back({"run", "run", end.outcome, end.reason, end.hint, end.took, false});
    }
    return cases;
}

void add_case(pugi::xml_node suite, const std::string& scenario, const Case& one) {
    auto node = suite.append_child("testcase");
    set(node, "classname", scenario + "." + one.group);
    set(node, "name", one.name);
    set(node, "time", seconds(one.took));
    if (one.was_expected) {
        set_text(node.append_child("system-out"), "failed as expected: " + one.message + "\n" + one.detail);
        return;
    }
    const char* element = nullptr;
    if (one.outcome == Outcome::failed) element = "failure";
    if (one.outcome == Outcome::error || one.outcome == Outcome::interrupted) element = "error";
    if (one.outcome == Outcome::skipped) element = "skipped";
    if (element == nullptr) return;
    auto result = node.append_child(element);
    set(result, "message", one.message);
    if (one.outcome != Outcome::skipped) {
        set(result, "type", to_string(one.outcome));
        set_text(result, one.detail);
    }
}

void add_counts(pugi::xml_node node, const std::vector<Case>& cases, Duration took) {
    const auto count = [&](auto... outcomes) {
        return std::ranges::count_if(
            cases, [&](const Case& one) { return !one.was_expected && ((one.outcome == outcomes) || ...); });
    };
    node.append_attribute("tests").set_value(cases.size());
    node.append_attribute("failures").set_value(count(Outcome::failed));
    node.append_attribute("errors").set_value(count(Outcome::error, Outcome::interrupted));
    node.append_attribute("skipped").set_value(count(Outcome::skipped));
    set(node, "time", seconds(took));
}

void add_properties(pugi::xml_node suite, const events::RunRecord& record) {
    auto properties = suite.append_child("properties");
    const auto add = [&](const std::string& name, const std::string& value) {
        auto property = properties.append_child("property");
        set(property, "name", name);
        set(property, "value", value);
    };
    add("run", record.started.run_id);
    add("scenario-file", record.started.scenario_file);
    for (const auto& [name, value] : record.started.facts) add(name, value);
    for (const auto& stage : record.stages) add("seconds." + stage.stage, seconds(stage.took));
}

void add_output(pugi::xml_node suite, const events::RunRecord& record) {
    std::string out;
    for (const auto& table : record.tables) out += table.title + "\n" + table.text + "\n";
    if (!out.empty()) set_text(suite.append_child("system-out"), out);
    std::string err;
    for (const auto& notice : record.notices) {
        err += (notice.node.empty() ? "" : notice.node + ": ") + notice.text + "\n";
        if (!notice.hint.empty()) err += "    " + notice.hint + "\n";
    }
    if (!err.empty()) set_text(suite.append_child("system-err"), err);
}

}  // namespace

std::string to_junit(const events::RunRecord& record) {
    const auto scenario = record.started.scenario.empty() ? std::string("crib") : record.started.scenario;
    const auto cases = cases_of(record);
    pugi::xml_document document;
    auto suites = begin_suites(document);
    add_counts(suites, cases, record.finished.took);
    auto suite = suites.append_child("testsuite");
    set(suite, "name", scenario);
    add_counts(suite, cases, record.finished.took);
    set(suite, "timestamp", to_iso8601(record.began));
    add_properties(suite, record);
    for (const auto& one : cases) add_case(suite, scenario, one);
    add_output(suite, record);
    return to_text(document);
}

}  // namespace crib::report
