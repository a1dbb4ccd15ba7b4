#include "harness/engine/run_record.h"

#include "harness/base/error.h"
#include "harness/base/input_file.h"
#include "harness/base/json_place.h"
#include "harness/base/recorded_time.h"
#include "harness/base/size.h"
#include "harness/capsule/manifest.h"
#include "harness/engine/record_values.h"
#include "harness/events/event.h"
#include "harness/events/seconds.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

namespace crib::engine {
namespace {

using Json = nlohmann::ordered_json;  // what is written: its members are in an order for people
using Read = nlohmann::json;          // what is read: any number of members is read in no time
using Place = JsonPlace<Read>;

static_assert(kLargestRunRecord == input_kind::run_record.limit);

std::int64_t to_seconds(WallTime time) {
    return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

Json to_json(const MeasuredRun& times) {
    Json stages = Json::array();
    for (const auto& stage : times.stages) {
        stages.push_back({{"stage", stage.stage}, {"took", events::seconds(stage.took)}});
    }
    return {{"whole", times.whole}, {"facts", times.facts}, {"stages", stages}};
}

// Times are worth less than the record: what is wrong with them does not damage it.
std::optional<MeasuredRun> times_of(const Place& json) {
    if (!json.contains("times")) return std::nullopt;
    try {
        const auto sent = json.at("times");
        MeasuredRun times;
        times.whole = sent.at("whole");
        times.facts = sent.at("facts").get<std::map<std::string, std::string>>();
        for (const auto& stage : sent.at("stages").values()) {
            const auto took = stage.at("took").get<double>();
            if (!is_recorded_duration(took)) return std::nullopt;
            times.stages.push_back({stage.text("stage"), duration_of_seconds(took)});
        }
        if (times.whole && times.stages.empty()) return std::nullopt;
        return times;
    } catch (const JsonFault&) {
        return std::nullopt;
    }
}

Json to_json(const RunInfo& info) {
    Json nodes = Json::array();
    for (const auto& node : info.nodes) {
        nodes.push_back({{"name", node.name},
                         {"role", node.role},
                         {"ip", node.ip},
                         {"machine", node.machine},
                         {"ssh-port", node.ssh_port}});
    }
    Json json{{"id", info.id},
              {"scenario", info.scenario},
              {"scenario-file", info.scenario_file},
              {"sets", info.sets},
              {"swaps", info.swaps},
              {"scenario-digests", info.scenario_digests},
              {"scenario-changed", info.scenario_changed},
              {"until", info.until},
              {"hypervisor", info.hypervisor_uri},
              {"acceleration", info.acceleration},
              {"outcome", info.outcome},
              {"kept", info.kept},
              {"began", to_seconds(info.began)},
              {"api-port", info.api_port},
              {"host-key", info.host_key},
              {"nodes", nodes}};
    if (info.times) json["times"] = to_json(*info.times);
    return json;
}

// The text under the key, unless there is an objection to it.
std::string judged(const Place& json, const char* key, std::string (*objection_to)(const std::string&)) {
    auto text = json.text(key);
    if (const auto objection = objection_to(text); !objection.empty()) json.at(key).fail(objection);
    return text;
}

// Their names become those of folders, and words of commands.
std::vector<RunNode> nodes_of(const Place& json) {
    std::vector<RunNode> nodes;
    std::set<std::string> names;
    for (const auto& node : json.values()) {
        const auto name = node.text("name");
        if (!capsule::is_plain_name(name)) node.at("name").fail("is no name of a node");
        if (!names.insert(name).second) node.at("name").fail("is the name of another node, too");
        nodes.push_back({name, judged(node, "role", objection_to_role), judged(node, "ip", objection_to_address),
                         node.at("machine"), node.at("ssh-port")});
    }
    return nodes;
}

RunInfo from_json(const Place& json) {
    RunInfo info;
    info.id = json.at("id");
    info.scenario = json.at("scenario");
    info.scenario_file = json.at("scenario-file");
    info.sets = json.value("sets", std::vector<std::string>{});
    info.swaps = json.value("swaps", std::vector<std::string>{});
    info.scenario_digests = json.value("scenario-digests", std::map<std::string, std::string>{});
    info.scenario_changed = json.value("scenario-changed", std::vector<std::string>{});
    info.until = json.value("until", std::string());
    info.hypervisor_uri = judged(json, "hypervisor", objection_to_driver);
    info.acceleration = json.value("acceleration", std::string());
    info.outcome = json.at("outcome");
    if (!info.outcome.empty() && !is_outcome(info.outcome)) json.at("outcome").fail("is no outcome of a run");
    info.kept = json.at("kept");
    const auto began = json.at("began").get<std::int64_t>();
    if (began < 0 || began > kLatestSecond) json.at("began").fail("is no time of a run");
    info.began = WallTime{std::chrono::seconds{began}};
    info.api_port = json.at("api-port");
    info.host_key = judged(json, "host-key", objection_to_host_key);
    info.nodes = nodes_of(json.at("nodes"));
    info.times = times_of(json);
    return info;
}

}  // namespace

RunInfo damaged_run(const std::string& id, const std::string& why) {
    RunInfo info;
    info.id = id;
    info.state = RunState::damaged;
    info.damage = "run.json: " + why;
    return info;
}

RunInfo parse_record(const std::string& text, const std::string& name) {
    try {
        const auto json = parse_json<Read>(text);
        auto info = from_json(Place(json));
        if (info.id != name) return damaged_run(info.id, "it is of the run " + info.id);
        info.state = info.outcome.empty() ? RunState::orphaned : info.kept ? RunState::kept : RunState::ended;
        return info;
    } catch (const JsonFault& fault) {
        return damaged_run(name, fault.what());
    }
}

std::string words_of_doubt(const RunInfo& run) {
    return run.doubt + ", so a crib may still be at work on it";
}

bool is_outcome(const std::string& text) {
    return events::parse_outcome(text) || text == "restored" || text == "unknown";
}

const char* to_string(RunState state) {
    switch (state) {
        case RunState::running:
            return "running";
        case RunState::kept:
            return "kept";
        case RunState::ended:
            return "ended";
        case RunState::orphaned:
            return "orphaned";
        case RunState::damaged:
            return "damaged";
    }
    return "orphaned";
}

std::string record_text(const RunInfo& info) {
    // A path may be no UTF-8, which JSON must be.
    auto text = to_json(info).dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
    if (text.size() <= kLargestRunRecord) return text;
    throw Error(
        ErrorKind::usage,
        fmt::format("the record of the run with its {} nodes takes {}, and at most {} are kept", info.nodes.size(),
                    to_string(ByteSize{text.size()}), to_string(ByteSize{kLargestRunRecord})));
}

}  // namespace crib::engine
