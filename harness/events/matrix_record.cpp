#include "harness/events/matrix_record.h"

#include "harness/base/error.h"
#include "harness/base/recorded_time.h"
#include "harness/base/text.h"
#include "harness/events/seconds.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace crib::events {
namespace {

using Json = nlohmann::ordered_json;  // what is written: its members are in an order for people
using Read = nlohmann::json;          // what is read: any number of members is read in no time

Duration duration_of(const Read& json, const char* key) {
    return duration_of_seconds(json.value(key, 0.0));
}

std::optional<Outcome> outcome_in(const Read& json) {
    return parse_outcome(json.value("outcome", std::string{}));
}

Json to_json(const CellRecord& cell) {
    Json json{{"id", cell.id}, {"values", cell.values}, {"sets", cell.sets}};
    if (!cell.inputs.empty()) json["inputs"] = cell.inputs;
    if (cell.outcome) json["outcome"] = to_string(*cell.outcome);
    if (!cell.reason.empty()) json["reason"] = cell.reason;
    if (!cell.run.empty()) json["run"] = cell.run;
    if (!cell.folder.empty()) json["folder"] = cell.folder;
    if (cell.expected > Duration::zero()) json["expected"] = seconds(cell.expected);
    if (cell.outcome) {
        json["waited"] = seconds(cell.waited);
        json["took"] = seconds(cell.took);
    }
    if (cell.carried) json["carried"] = true;
    if (cell.refused) json["refused"] = true;
    if (!cell.waited_for.empty()) json["waited-for"] = cell.waited_for;
    if (!cell.went_on_from.empty()) json["went-on-from"] = cell.went_on_from;
    if (!cell.saved.empty()) json["saved"] = cell.saved;
    return json;
}

CellRecord cell_of(const Read& json) {
    CellRecord cell;
    cell.id = json.at("id");
    cell.values = json.at("values").get<decltype(cell.values)>();
    cell.sets = json.at("sets").get<decltype(cell.sets)>();
    cell.inputs = json.value("inputs", "");
    cell.outcome = outcome_in(json);
    cell.reason = json.value("reason", "");
    cell.run = json.value("run", "");
    cell.folder = json.value("folder", "");
    cell.expected = duration_of(json, "expected");
    cell.waited = duration_of(json, "waited");
    cell.took = duration_of(json, "took");
    cell.carried = json.value("carried", false);
    cell.refused = json.value("refused", false);
    cell.waited_for = json.value("waited-for", "");
    cell.went_on_from = json.value("went-on-from", "");
    cell.saved = json.value("saved", std::vector<std::string>{});
    return cell;
}

Json to_json(const ExcludedRecord& cell) {
    Json json{{"id", cell.id}, {"values", cell.values}, {"reason", join(cell.reasons, "; ")}};
    if (cell.reasons.size() > 1) json["reasons"] = cell.reasons;
    return json;
}

ExcludedRecord excluded_of(const Read& json) {
    ExcludedRecord cell{json.at("id"), json.at("values"), {}};
    cell.reasons = json.value("reasons", std::vector<std::string>{json.at("reason")});
    return cell;
}

// A list of cells has no id, as it is no matrix on its way: it also leaves out when it began and all that it took.
Json json_of(const MatrixRecord& record) {
    const bool is_list = record.id.empty();
    Json json = Json::object();
    if (!is_list) json["matrix"] = record.id;
    json["scenario"] = record.scenario;
    json["scenario-file"] = record.scenario_file;
    if (!record.resumes.empty()) json["resumes"] = record.resumes;
    if (!record.chosen.empty()) json["chosen"] = record.chosen;
    if (!is_list) {
        json["began"] = std::chrono::duration_cast<std::chrono::seconds>(record.began.time_since_epoch()).count();
        json["time"] = to_iso8601(record.began);
        json["took"] = seconds(record.took);
    }
    if (record.outcome) json["outcome"] = to_string(*record.outcome);
    if (!record.reason.empty()) json["reason"] = record.reason;
    json["axes"] = Json::array();
    for (const auto& axis : record.axes) json["axes"].push_back({{"path", axis.path}, {"values", axis.values}});
    json["cells"] = Json::array();
    for (const auto& cell : record.cells) json["cells"].push_back(to_json(cell));
    json["excluded"] = Json::array();
    for (const auto& cell : record.excluded) json["excluded"].push_back(to_json(cell));
    json["notes"] = record.notes;
    if (is_list) return json;
    json["waits"] = Json::object();
    for (const auto& [what, how_long] : record.waits) json["waits"][what] = seconds(how_long);
    return json;
}

MatrixRecord record_of(const Read& json) {
    MatrixRecord record;
    record.id = json.at("matrix");
    record.scenario = json.at("scenario");
    record.scenario_file = json.at("scenario-file");
    record.resumes = json.value("resumes", "");
    record.chosen = json.value("chosen", "");
    record.began = wall_time_of_seconds(json.at("began").get<std::int64_t>());
    record.took = duration_of(json, "took");
    record.outcome = outcome_in(json);
    record.reason = json.value("reason", "");
    for (const auto& axis : json.at("axes")) record.axes.push_back({axis.at("path"), axis.at("values")});
    for (const auto& cell : json.at("cells")) record.cells.push_back(cell_of(cell));
    for (const auto& cell : json.at("excluded")) record.excluded.push_back(excluded_of(cell));
    record.notes = json.at("notes").get<std::vector<std::string>>();
    for (const auto& wait : json.at("waits").items()) {
        record.waits[wait.key()] = duration_of(json.at("waits"), wait.key().c_str());
    }
    return record;
}

}  // namespace

std::string to_json(const MatrixRecord& record) {
    return json_of(record).dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

MatrixRecord matrix_record_of(std::string_view json) {
    try {
        return record_of(Read::parse(json));
    } catch (const Read::exception& error) {
        throw Error(ErrorKind::usage, std::string("this is no record of a matrix: ") + error.what());
    }
}

bool is_refused(const MatrixRecord& record) {
    return record.outcome == Outcome::error && std::ranges::all_of(record.cells, [](const CellRecord& cell) {
               return cell.outcome != Outcome::error || cell.refused;
           });
}

Outcome outcome_of(const std::vector<CellRecord>& cells) {
    for (const auto outcome : {Outcome::failed, Outcome::error, Outcome::interrupted}) {
        if (std::ranges::any_of(cells, [&](const auto& cell) { return cell.outcome == outcome; })) return outcome;
    }
    return Outcome::passed;
}

}  // namespace crib::events
