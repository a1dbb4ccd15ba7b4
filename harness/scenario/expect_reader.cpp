// Reads "expect".

#include "harness/base/text.h"
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

void require_place(const Reading& reading, const std::string& place, const std::string& path) {
    const auto checks = checks_of(reading);
    const RecipeSteps steps(reading);
    const auto skips = [&](const Mutation& mutation) {
        return mutation.kind == Mutation::Kind::skip && mutation.step == place && mutation.nodes.empty();
    };
    const auto& mutations = reading.scenario.mutations;
    if (const auto skip = std::find_if(mutations.begin(), mutations.end(), skips); skip != mutations.end()) {
        reading.document.report(path, fmt::format("the step \"{}\" cannot fail: {} skips it", place, skip->path));
        return;
    }
    if (steps.may_have(place) || std::find(checks.begin(), checks.end(), place) != checks.end()) return;
    auto known = steps.ids();
    known.insert(known.end(), checks.begin(), checks.end());
    reading.document.report(path, fmt::format("no step and no check of this scenario is called \"{}\"", place),
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
    if (const auto place = fields.text(*json, path, "fails-at", true)) {
        expect.fails_at = *place;
        require_place(reading, *place, path + ".fails-at");
    }
    if (const auto node = fields.text(*json, path, "node", false)) {
        expect.node = *node;
        fields.require_known(*node, path + ".node", "node", reading.node_names());
    }
    expect.message = fields.text(*json, path, "message", false).value_or("");
    expect.why = fields.text(*json, path, "why", false).value_or("");
    reading.scenario.expect = expect;
}

}  // namespace crib::scenario
