#include "harness/events/matrix_record.h"

#include "harness/base/error.h"
#include "harness/base/json_place.h"
#include "harness/base/recorded_time.h"
#include "harness/base/text.h"
#include "harness/events/seconds.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <variant>

namespace crib::events {
namespace {

using Json = nlohmann::ordered_json;  // what is written: its members are in an order for people
using Read = nlohmann::json;          // what is read: any number of members is read in no time
using Place = JsonPlace<Read>;

Duration duration_of(const Place& json, const char* key) {
    return duration_of_seconds(json.value(key, 0.0));
}

std::optional<Outcome> outcome_in(const Place& json) {
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

CellRecord cell_of(const Place& json) {
    CellRecord cell;
    cell.id = json.at("id");
    cell.values = json.at("values");
    cell.sets = json.at("sets");
    cell.inputs = json.value("inputs", cell.inputs);
    cell.outcome = outcome_in(json);
    cell.reason = json.value("reason", cell.reason);
    cell.run = json.value("run", cell.run);
    cell.folder = json.value("folder", cell.folder);
    cell.expected = duration_of(json, "expected");
    cell.waited = duration_of(json, "waited");
    cell.took = duration_of(json, "took");
    cell.carried = json.value("carried", false);
    cell.refused = json.value("refused", false);
    cell.waited_for = json.value("waited-for", cell.waited_for);
    cell.went_on_from = json.value("went-on-from", cell.went_on_from);
    cell.saved = json.value("saved", cell.saved);
    return cell;
}

Json to_json(const ExcludedRecord& cell) {
    Json json{{"id", cell.id}, {"values", cell.values}, {"reason", join(cell.reasons, "; ")}};
    if (cell.reasons.size() > 1) json["reasons"] = cell.reasons;
    return json;
}

ExcludedRecord excluded_of(const Place& json) {
    ExcludedRecord cell{json.at("id"), json.at("values"), {}};
    cell.reasons = json.value("reasons", std::vector<std::string>{json.text("reason")});
    return cell;
}

Json to_json(const CellChoice& choice) {
    Json json = Json::object();
    if (const auto* pairwise = std::get_if<PairwiseChoice>(&choice)) json["pairwise"]["seed"] = pairwise->seed;
    if (const auto* sample = std::get_if<SampleChoice>(&choice)) {
        json["sample"]["seed"] = sample->seed;
        json["sample"]["cells"] = sample->cells;
    }
    if (const auto* shard = std::get_if<ShardChoice>(&choice)) {
        json["shard"]["number"] = shard->number;
        json["shard"]["of"] = shard->of;
    }
    return json;
}

CellChoice choice_of(const Place& json) {
    if (json.contains("pairwise")) return PairwiseChoice{json.at("pairwise").at("seed")};
    if (json.contains("sample")) return SampleChoice{json.at("sample").at("seed"), json.at("sample").at("cells")};
    if (json.contains("shard")) return ShardChoice{json.at("shard").at("number"), json.at("shard").at("of")};
    json.fail(R"(must have one of "pairwise", "sample" and "shard": no other choice of cells is known)");
}

// A list of cells has no id, as it is no matrix on its way: it also leaves out when it began and all that it took. The
// cells, and those that are excluded, are written by themselves.
Json json_without_cells(const MatrixRecord& record) {
    const bool is_list = record.id.empty();
    Json json = Json::object();
    if (!is_list) json["matrix"] = record.id;
    json["scenario"] = record.scenario;
    json["scenario-file"] = record.scenario_file;
    if (!record.resumes.empty()) json["resumes"] = record.resumes;
    if (!record.chosen.empty()) json["chosen"] = record.chosen;
    for (const auto& choice : record.choices) json["choices"].push_back(to_json(choice));
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
    json["excluded"] = Json::array();
    json["notes"] = record.notes;
    if (is_list) return json;
    json["files"] = record.files;
    json["waits"] = Json::object();
    for (const auto& [what, how_long] : record.waits) json["waits"][what] = seconds(how_long);
    return json;
}

constexpr int kIndent = 1;

std::string text_of(const Json& json) {
    return json.dump(kIndent, ' ', false, Json::error_handler_t::replace);
}

// Hands the text on, some at a time.
class Pieces {
public:
    explicit Pieces(const std::function<void(const std::string&)>& print) : print_(print) {}

    void add(std::string_view text) {
        piece_ += text;
        if (piece_.size() >= kLargest) flush();
    }
    void flush() {
        if (!piece_.empty()) print_(std::exchange(piece_, {}));
    }

private:
    static constexpr std::size_t kLargest = 64U << 10U;

    const std::function<void(const std::string&)>& print_;
    std::string piece_;
};

// What is in the list that is a member of the whole. No line ends within a text of JSON.
void add_items(Pieces& pieces, std::size_t count, const std::function<Json(std::size_t)>& item) {
    const std::string indent = "\n" + std::string(2 * kIndent, ' ');
    for (std::size_t i = 0; i < count; ++i) {
        pieces.add(i == 0 ? "" : ",");
        for (const auto& line : split_lines(text_of(item(i)))) pieces.add(indent + line);
    }
    if (count > 0) pieces.add("\n" + std::string(kIndent, ' '));
}

// Far more than any record has, whose size is limited (input_kind::matrix_record).
constexpr std::size_t kMostCells = 50'000;
constexpr std::size_t kMostExcluded = 200'000;
constexpr std::size_t kMostValues = 300'000;  // of one cell, and of all that is no cell

// Cells are most of it: each is taken out of the JSON as soon as it has been read, or that would take many times the
// memory of the text. So would many small values, which are counted.
class Cells {
public:
    explicit Cells(MatrixRecord& record) : record_(record) {}

    // As the library asks of what it has read whether it is to stay.
    bool stays(int depth, Read::parse_event_t event, const Read& json) {
        using Event = Read::parse_event_t;
        if (event == Event::key && depth == 1) list_ = json.get<std::string>();
        const bool is_of_cells = list_ == "cells" || list_ == "excluded";
        const bool is_cell = is_of_cells && depth == 2;
        if (is_cell && event == Event::array_start) refuse(Read::array());
        if (is_cell && event == Event::value) refuse(json);
        if (is_of_value<Read>(event)) values_.add();
        if (is_cell && event == Event::object_start) before_cell_ = values_.count();
        if (!is_cell || event != Event::object_end) return true;
        values_.set_back(before_cell_);
        add(json);
        return false;
    }

private:
    [[nodiscard]] std::string place() const {
        const auto number = list_ == "cells" ? record_.cells.size() : record_.excluded.size();
        return "/" + list_ + "/" + std::to_string(number);
    }

    void refuse(const Read& json) const { (void)Place(json, place()).members(); }  // it is no object

    void add(const Read& json) {
        const auto [number, most] = list_ == "cells" ? std::pair(record_.cells.size(), kMostCells)
                                                     : std::pair(record_.excluded.size(), kMostExcluded);
        if (number == most) throw JsonFault("/" + list_ + ": there are more than " + std::to_string(most));
        if (list_ == "cells") {
            record_.cells.push_back(cell_of(Place(json, place())));
        } else {
            record_.excluded.push_back(excluded_of(Place(json, place())));
        }
    }

    MatrixRecord& record_;
    std::string list_;
    JsonValueCount values_{kMostValues};  // that are kept in memory
    std::size_t before_cell_ = 0;         // those of them outside of the cell that is read
};

void read_rest(const Place& json, MatrixRecord& record) {
    record.id = json.at("matrix");
    record.scenario = json.at("scenario");
    record.scenario_file = json.at("scenario-file");
    record.resumes = json.value("resumes", record.resumes);
    record.chosen = json.value("chosen", record.chosen);
    if (json.contains("choices")) {
        for (const auto& choice : json.at("choices").values()) record.choices.push_back(choice_of(choice));
    } else {
        record.choices = choices_in(record.chosen);
    }
    record.began = wall_time_of_seconds(json.at("began").get<std::int64_t>());
    record.took = duration_of(json, "took");
    record.outcome = outcome_in(json);
    record.reason = json.value("reason", record.reason);
    for (const auto& axis : json.at("axes").values()) record.axes.push_back({axis.at("path"), axis.at("values")});
    // Their members have been taken out.
    (void)json.at("cells").values();
    (void)json.at("excluded").values();
    record.notes = json.at("notes");
    record.files = json.value("files", record.files);
    const auto waits = json.at("waits");
    for (const auto& [what, unused] : waits.members()) record.waits[what] = duration_of(waits, what.c_str());
}

}  // namespace

void write_json(const MatrixRecord& record, std::size_t cells, const std::function<CellRecord(std::size_t)>& cell,
                const std::function<void(const std::string&)>& print) {
    Pieces pieces(print);
    const auto rest = text_of(json_without_cells(record));
    std::size_t done = 0;
    const auto add_until_list = [&](std::string_view name) {
        const auto key = "\n" + std::string(kIndent, ' ') + "\"" + std::string(name) + "\": [";
        const auto end = rest.find(key, done) + key.size();
        pieces.add(std::string_view(rest).substr(done, end - done));
        done = end;
    };
    add_until_list("cells");
    add_items(pieces, cells, [&](std::size_t number) { return to_json(cell(number)); });
    add_until_list("excluded");
    add_items(pieces, record.excluded.size(), [&](std::size_t number) { return to_json(record.excluded[number]); });
    pieces.add(std::string_view(rest).substr(done));
    pieces.add("\n");
    pieces.flush();
}

std::string to_json(const MatrixRecord& record) {
    std::string text;
    write_json(
        record, record.cells.size(), [&](std::size_t number) { return record.cells[number]; },
        [&](const std::string& piece) { text += piece; });
    return text;
}

MatrixRecord matrix_record_of(std::string_view json) {
    try {
        MatrixRecord record;
        Cells cells(record);
        const auto rest = parse_json<Read>(
            json, [&](int depth, Read::parse_event_t event, Read& value) { return cells.stays(depth, event, value); });
        read_rest(Place(rest), record);
        return record;
    } catch (const JsonFault& fault) {
        throw Error(ErrorKind::usage, std::string("this is no record of a matrix: ") + fault.what());
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
