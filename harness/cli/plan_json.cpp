// A plan as JSON.

#include "harness/check/checker.h"
#include "harness/cli/plan_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <numeric>

namespace crib::cli {
namespace {

using Json = nlohmann::ordered_json;
using engine::RunPlan;

double seconds(Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

std::string dumped(const Json& json) {
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json json_of(const engine::CellNode& node) {
    const auto& asked = node.asked;
    Json json{{"name", asked.name},
              {"role", scenario::to_string(asked.role)},
              {"os", asked.os},
              {"address", node.ip},
              {"memory", asked.memory.bytes},
              {"vcpus", asked.vcpus},
              {"labels", asked.labels},
              {"versions", asked.versions}};
    if (asked.disk.bytes != 0) json["disk"] = asked.disk.bytes;
    if (!asked.own_taints) return json;
    json["taints"] = Json::array();
    for (const auto& taint : asked.taints) {
        json["taints"].push_back(
            fmt::format("{}{}{}:{}", taint.key, taint.value.empty() ? "" : "=", taint.value, taint.effect));
    }
    return json;
}

Json json_of(const provision::PlannedStep& step) {
    Json files = Json::array();
    for (const auto& file : step.files) {
        files.push_back({{"path", file.path}, {"mode", fmt::format("{:04o}", file.mode)}, {"content", file.content}});
    }
    Json outputs = Json::array();
    for (const auto& output : step.outputs) outputs.push_back(output.name);
    return {{"id", step.id},
            {"title", step.title},
            {"node", step.node},
            {"stage", step.stage},
            {"script", step.script_name},
            {"text", step.script.str()},
            {"inputs", step.inputs},
            {"from-outputs", step.from_outputs},
            {"outputs", outputs},
            {"files", files},
            {"needs-everywhere", step.needs},
            {"at-most", step.timeout.count()}};
}

Json checks_of(const scenario::Scenario& scenario) {
    Json checks = Json::array();
    for (const auto& check : scenario.checks) {
        checks.push_back(
            {{"id", check::check_id({check.kind, check.params})}, {"kind", check.kind}, {"parameters", check.params}});
    }
    return checks;
}

Json json_of(const std::optional<engine::ExpectedTime>& time) {
    if (!time) return nullptr;
    Json stages = Json::array();
    for (const auto& stage : time->stages) stages.push_back({{"stage", stage.stage}, {"took", seconds(stage.took)}});
    return {{"total", seconds(time->total)}, {"runs", time->runs}, {"same", time->same}, {"stages", stages}};
}

void add_versions(Json& json, const scenario::Scenario& scenario) {
    const auto asked = asked_versions(scenario);
    json["versions"] = Json::array();
    for (const auto& [name, version] : scenario.versions) {
        Json one{{"component", name}, {"version", version}};
        if (const auto found = asked.find(name); found != asked.end()) one["asked"] = found->second;
        json["versions"].push_back(std::move(one));
    }
}

void add_stock(Json& json, const RunPlan& plan) {
    json["components"] = Json::array();
    for (const auto& one : plan.components) {
        json["components"].push_back(
            {{"name", one.name}, {"version", one.version}, {"source", one.source}, {"state", state_of(one)}});
    }
    json["images"] = Json::array();
    for (const auto& one : plan.images) {
        json["images"].push_back({{"name", one.name}, {"title", one.title}, {"state", state_of(one)}});
    }
}

}  // namespace

std::string plan_json(const RunPlan& plan, const std::optional<MatrixSize>& matrix) {
    const auto& scenario = plan.scenario;
    Json json{{"scenario", scenario.name},
              {"file", scenario.file.string()},
              {"about", scenario.about},
              {"recipe", scenario.recipe},
              {"os", scenario.os},
              {"packages", plan.package_source},
              {"internet", scenario.internet}};
    json["warnings"] = plan.warnings;
    add_versions(json, scenario);
    json["nodes"] = Json::array();
    for (const auto& node : plan.nodes) json["nodes"].push_back(json_of(node));
    add_stock(json, plan);
    json["acceleration"] = {{"kind", hypervisor::to_string(plan.acceleration.kind)},
                            {"reason", plan.acceleration.reason},
                            {"profile", plan.profile},
                            {"departures", plan.set_up.departures}};
    json["changes"] = plan.set_up.changes;
    json["notes"] = scenario.notes;
    json["steps"] = Json::array();
    for (const auto& step : plan.set_up.steps) json["steps"].push_back(json_of(step));
    json["checks"] = checks_of(scenario);
    if (scenario.expect) {
        json["expect"] = {{"fails-at", scenario.expect->fails_at},
                          {"node", scenario.expect->node},
                          {"message", scenario.expect->message}};
    }
    json["time"] = json_of(plan.time);
    json["memory"] = plan.need.memory.bytes;
    json["disk"] = plan.need.disk.bytes;
    json["vcpus"] = std::accumulate(scenario.nodes.begin(), scenario.nodes.end(), 0U,
                                    [](unsigned sum, const scenario::Node& node) { return sum + node.vcpus; });
    json["busy-cores"] = plan.need.cores;
    json["matrix"] = nullptr;
    if (matrix) {
        json["matrix"] = {{"cells", matrix->cells}, {"excluded", matrix->excluded}, {"counted", matrix->counted}};
    }
    return dumped(json);
}

std::string differences_json(const std::vector<engine::PlanDifference>& differences) {
    Json json = Json::array();
    for (const auto& one : differences) {
        json.push_back({{"section", one.section},
                        {"name", one.name},
                        {"nodes", one.nodes},
                        {"before", one.before ? Json(*one.before) : Json()},
                        {"after", one.after ? Json(*one.after) : Json()},
                        {"lines", one.lines}});
    }
    return dumped(json);
}

}  // namespace crib::cli
