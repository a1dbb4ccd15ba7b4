#include "harness/events/event.h"

#include "harness/base/text.h"
#include "harness/events/seconds.h"

#include <nlohmann/json.hpp>

namespace crib::events {
namespace {

using Json = nlohmann::ordered_json;

const char* to_string(Level level) {
    switch (level) {
        case Level::info:
            return "info";
        case Level::warning:
            return "warning";
        case Level::error:
            return "error";
    }
    return "info";
}

struct Writer {
    Json& json;

    void name(const char* value) const { json["event"] = value; }
    // Empty texts are left out: a reader sees only what there is.
    void text(const char* key, const std::string& value) const {
        if (!value.empty()) json[key] = value;
    }

    void operator()(const RunStarted& e) const {
        name("run-started");
        text("run", e.run_id);
        text("scenario", e.scenario);
        text("scenario-file", e.scenario_file);
        json["facts"] = e.facts;
    }
    void operator()(const StageStarted& e) const {
        name("stage-started");
        text("stage", e.stage);
    }
    void operator()(const StageFinished& e) const {
        name("stage-finished");
        text("stage", e.stage);
        json["outcome"] = events::to_string(e.outcome);
        json["took"] = seconds(e.took);
    }
    void operator()(const NodeDoing& e) const {
        name("node-doing");
        text("node", e.node);
        json["what"] = e.what;
    }
    void operator()(const StepStarted& e) const {
        name("step-started");
        text("step", e.step);
        text("title", e.title);
        text("node", e.node);
        text("script", e.script);
        json["inputs"] = e.inputs;
    }
    void operator()(const StepOutput& e) const {
        name("step-output");
        text("step", e.step);
        text("node", e.node);
        json["stream"] = e.is_stderr ? "stderr" : "stdout";
        json["line"] = e.line;
    }
    void operator()(const StepFinished& e) const {
        name("step-finished");
        text("step", e.step);
        text("title", e.title);
        text("node", e.node);
        json["outcome"] = events::to_string(e.outcome);
        if (e.exit_code) json["exit-code"] = *e.exit_code;
        text("reason", e.reason);
        text("output-tail", e.output_tail);
        json["took"] = seconds(e.took);
        if (e.limit > Duration::zero()) json["limit"] = seconds(e.limit);
    }
    void operator()(const CheckStarted& e) const {
        name("check-started");
        text("check", e.check);
        text("title", e.title);
    }
    void operator()(const CheckFinished& e) const {
        name("check-finished");
        text("check", e.check);
        text("title", e.title);
        json["outcome"] = events::to_string(e.outcome);
        text("summary", e.summary);
        text("last-seen", e.last_seen);
        json["took"] = seconds(e.took);
        if (e.limit > Duration::zero()) json["limit"] = seconds(e.limit);
        text("ran", e.ran);
    }
    void operator()(const Progress& e) const {
        name("progress");
        text("subject", e.subject);
        text("what", e.what);
        if (e.total > 0) {
            json["done"] = e.done;
            json["total"] = e.total;
        }
        json["finished"] = e.finished;
        json["took"] = seconds(e.took);
    }
    void operator()(const Notice& e) const {
        name("notice");
        json["level"] = to_string(e.level);
        text("node", e.node);
        text("text", e.text);
        text("hint", e.hint);
    }
    void operator()(const Checkpoint& e) const {
        name("checkpoint");
        json["what"] = events::to_string(e.what);
        text("stage", e.stage);
        text("key", e.key);
        text("reason", e.reason);
        if (e.took > Duration::zero()) json["took"] = seconds(e.took);
        if (e.what == Checkpoint::What::saved) {
            json["paused"] = seconds(e.paused);
            json["bytes"] = e.bytes;
        }
    }
    void operator()(const Table& e) const {
        name("table");
        text("title", e.title);
        text("text", e.text);
    }
    void operator()(const RunFinished& e) const {
        name("run-finished");
        json["outcome"] = events::to_string(e.outcome);
        text("reason", e.reason);
        text("hint", e.hint);
        json["took"] = seconds(e.took);
        text("folder", e.folder);
        json["kept"] = e.kept;
        text("saved-as", e.saved_as);
        text("expected", e.expected);
        if (!e.expected.empty()) json["as-expected"] = e.as_expected;
        if (e.refused) json["refused"] = true;
    }
};

}  // namespace

const char* to_string(Outcome outcome) {
    switch (outcome) {
        case Outcome::passed:
            return "passed";
        case Outcome::failed:
            return "failed";
        case Outcome::error:
            return "error";
        case Outcome::skipped:
            return "skipped";
        case Outcome::interrupted:
            return "interrupted";
    }
    return "error";
}

const char* to_string(Checkpoint::What what) {
    switch (what) {
        case Checkpoint::What::hit:
            return "hit";
        case Checkpoint::What::miss:
            return "miss";
        case Checkpoint::What::restored:
            return "restored";
        case Checkpoint::What::saved:
            return "saved";
        case Checkpoint::What::not_saved:
            return "not-saved";
    }
    return "miss";
}

std::optional<Outcome> parse_outcome(std::string_view name) {
    for (const auto outcome :
         {Outcome::passed, Outcome::failed, Outcome::error, Outcome::skipped, Outcome::interrupted}) {
        if (name == to_string(outcome)) return outcome;
    }
    return std::nullopt;
}

std::string to_json_line(const Event& event) {
    Json json;
    json["at"] = seconds(event.at);
    json["time"] = to_iso8601(event.wall);
    std::visit(Writer{json}, event.body);
    // A guest may print any bytes: what is not UTF-8 is replaced, never refused.
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace crib::events
