// The kinds of check as the published schema and scenarios/README.md have them: the same as those that crib runs.

#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/check/kinds.h"
#include "harness/scenario/load.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <filesystem>
#include <nlohmann/json.hpp>

namespace crib::cli {
namespace {

using check::KindInfo;
using check::ParamInfo;
using check::ParamType;
using Json = nlohmann::json;
using ::testing::HasSubstr;

const std::filesystem::path kScenarios = std::filesystem::path(CRIB_SOURCE_DIR) / "scenarios";

// "the pod's name" as a description: "The pod's name."
std::string sentence(std::string doc) {
    doc.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(doc.front())));
    return doc + ".";
}

Json in_schema(const ParamInfo& param) {
    Json json{{"description", sentence(param.doc)}};
    switch (param.type) {
        case ParamType::text:
        case ParamType::regex:
        case ParamType::node:
            json["type"] = "string";
            break;
        case ParamType::integer:
            json["$ref"] = "#/definitions/whole-number";
            break;
        case ParamType::duration:
            json["$ref"] = "#/definitions/duration";
            break;
        case ParamType::choice:
            json["anyOf"] = {{{"type", "string"}, {"enum", param.choices}}, {{"$ref", "#/definitions/reference"}}};
            break;
    }
    if (param.default_value.empty()) return json;
    json["default"] =
        param.type == ParamType::integer ? Json(std::stoi(param.default_value)) : Json(param.default_value);
    return json;
}

Json in_schema(const KindInfo& kind) {
    Json json{{"description", sentence(kind.doc)},
              {"type", "object"},
              {"additionalProperties", false},
              {"properties", Json::object()}};
    for (const auto& param : kind.params) {
        json["properties"][param.name] = in_schema(param);
        if (param.required) json["required"].push_back(param.name);
    }
    return json;
}

std::string type_in_guide(const ParamInfo& param) {
    return param.type == ParamType::choice ? "`" + join(param.choices, "` or `") + "`" : to_string(param.type);
}

std::string default_in_guide(const ParamInfo& param) {
    if (param.required) return "must be given";
    return param.default_value.empty() ? "-" : "`" + param.default_value + "`";
}

std::string tables_in_guide() {
    std::string kinds = "| kind | what must be true | `timeout` |\n|---|---|---|\n";
    std::string params = "| kind | parameter | type | default | meaning |\n|---|---|---|---|---|\n";
    for (const auto& kind : check::known_kinds()) {
        for (const auto& param : kind.params) {
            const auto value = default_in_guide(param);
            if (param.name == "timeout") {
                kinds += fmt::format("| `{}` | {} | {} |\n", kind.name, kind.doc, value);
            } else {
                params += fmt::format("| `{}` | `{}` | {} | {} | {} |\n", kind.name, param.name, type_in_guide(param),
                                      value, param.doc);
            }
        }
    }
    return kinds + "\n" + params;
}

TEST(CheckKindsInTheSchema, AreThoseThatAreRunWithTheSameParameters) {
    const auto schema = Json::parse(read_file(kScenarios / "scenario.schema.json"));
    const auto& items = schema["properties"]["checks"]["items"];
    EXPECT_EQ(items["additionalProperties"], false);
    auto written = items["properties"];
    for (const auto& kind : check::known_kinds()) {
        EXPECT_EQ(written[kind.name].dump(2), in_schema(kind).dump(2)) << kind.name;
        written.erase(kind.name);
    }
    EXPECT_TRUE(written.empty()) << "crib runs no such checks: " << written.dump();
}

TEST(CheckKindsInTheGuide, AreThoseThatAreRunWithTheSameParameters) {
    EXPECT_THAT(read_file(kScenarios / "README.md"), HasSubstr(tables_in_guide()));
}

// What the reader takes, an editor must not mark as wrong.
TEST(CheckKindsInTheSchema, TakeValuesAsTheReaderDoes) {
    const scenario::Schema schema(kScenarios / "scenario.schema.json");
    const auto findings = [&](const std::string& check) { return schema.findings(R"({"checks": [)" + check + "]}"); };
    for (const auto* good : {R"({"http": {"port": 80, "via": "${parameters.via}", "timeout": "90s"}})",
                             R"({"http": {"port": "80", "via": "service", "timeout": "1m"}})",
                             R"({"http": {"port": "${parameters.port}"}})",
                             R"({"no-restarts": {"allow": 0, "for": "500ms", "timeout": "${parameters.wait}"}})"}) {
        EXPECT_TRUE(findings(good).empty()) << good;
    }
    for (const auto* bad : {R"({"htpp": {}})", R"({"http": {"prot": 80}})", R"({"http": {"port": "http"}})",
                            R"({"http": {"via": "ingress"}})", R"({"http": {"timeout": "soon"}})",
                            R"({"http": {"timeout": 90}})", R"({"http": {"timeout": "90"}})",
                            R"({"http": {"port": -1}})", R"({"pods-on-every-node": {"labels": "a=b"}})"}) {
        EXPECT_FALSE(findings(bad).empty()) << bad;
    }
}

}  // namespace
}  // namespace crib::cli
