// Reads "expect".

#include "harness/base/text.h"
#include "harness/scenario/limits.h"
#include "harness/scenario/reading.h"
#include "harness/scenario/recipe_steps.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::scenario {
namespace {

using Json = nlohmann::json;

const std::vector<std::string> kExpectKeys = {"fails-at", "node", "message", "why"};

// Kinds of the scenario's checks, and their ids where these say more.
std::vector<std::string> checks_of(const Reading& reading) {
    std::vector<std::string> names;
    for (const auto& check : reading.scenario.checks) {
        names.push_back(check.kind);
        if (reading.known.check_id) names.push_back(reading.known.check_id(check.kind, check.params));
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

std::string all_of(const std::vector<std::string>& nodes) {
    return nodes.empty() ? "no node here runs it" : "it runs on " + join(nodes, ", ");
}

// A step can only fail where it runs.
void require_step_runs(const Reading& reading, const RecipeSteps& steps, const Expect& expect,
                       const std::string& path) {
    const auto& place = expect.fails_at;
    const auto runs_on = steps.nodes_of(place);
    auto left = runs_on;
    std::string skipped_by;
    for (const auto& mutation : reading.scenario.mutations) {
        if (mutation.kind != Mutation::Kind::skip || mutation.step != place) continue;
        skipped_by = mutation.path;
        if (mutation.nodes.empty()) left.clear();
        for (const auto& node : mutation.nodes) std::erase(left, node);
    }
    const auto is_in = [&](const std::vector<std::string>& nodes) {
        return expect.node.empty() ? !nodes.empty() : std::ranges::count(nodes, expect.node) > 0;
    };
    const auto at = path + (expect.node.empty() ? ".fails-at" : ".node");
    const auto where = expect.node.empty() ? "anywhere" : "on " + expect.node;
    if (reading.scenario.nodes.empty()) return;  // which is told
    if (!is_in(runs_on)) {
        reading.document.report(at, fmt::format("the step {} does not run {}", place, where), all_of(runs_on));
    } else if (left.empty()) {
        reading.document.report(path + ".fails-at",
                                fmt::format("the step \"{}\" cannot fail: {} skips it", place, skipped_by));
    } else if (!is_in(left)) {
        reading.document.report(at, fmt::format("the step {} cannot fail {}: {} skips it", place, where, skipped_by),
                                all_of(left));
    }
}

void require_place(const Reading& reading, const Expect& expect, const std::string& path) {
    const auto& place = expect.fails_at;
    const RecipeSteps steps(reading);
    if (steps.has_own(place)) return require_step_runs(reading, steps, expect, path);
    if (steps.may_have(place)) return;
    const auto checks = checks_of(reading);
    if (std::find(checks.begin(), checks.end(), place) != checks.end()) {
        if (expect.node.empty()) return;
        return reading.document.report(path + ".node",
                                       fmt::format("\"{}\" is a check, and only steps are of a node", place),
                                       "leave \"node\" out");
    }
    auto known = steps.ids();
    known.insert(known.end(), checks.begin(), checks.end());
    reading.document.report(path + ".fails-at",
                            fmt::format("no step and no check of this scenario is called \"{}\"", place),
                            on_offer_hint(place, known));
}

}  // namespace

void read_expect(Reading& reading) {
    const std::string path = "$.expect";
    const auto* json = reading.top("expect", Json::value_t::object);
    if (json == nullptr) return;
    auto& fields = reading.fields;
    fields.check_keys(*json, path, kExpectKeys);
    Expect expect;
    const auto place = fields.text(*json, path, "fails-at", true);
    expect.fails_at = place.value_or("");
    bool is_node_known = true;
    if (const auto node = fields.text(*json, path, "node", false)) {
        expect.node = *node;
        is_node_known = fields.require_known(*node, path + ".node", "node", reading.node_names());
    }
    if (!is_node_known) expect.node.clear();  // it is told
    if (place) require_place(reading, expect, path);
    expect.message = fields.line(*json, path, "message", kLongestText);
    expect.why = fields.line(*json, path, "why", kLongestLine);
    reading.scenario.expect = expect;
}

}  // namespace crib::scenario
