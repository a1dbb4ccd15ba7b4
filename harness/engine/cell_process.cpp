#include "harness/engine/cell_process.h"

#include "harness/base/error.h"
#include "harness/base/text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace crib::engine {
namespace {

using Json = nlohmann::ordered_json;  // what is written: its members are in an order for people
using Read = nlohmann::json;          // what is read: any number of members is read in no time
using events::Outcome;
using News = CellLauncher::News;
using namespace std::chrono_literals;

// Evidence may take three minutes (cell_runner.cpp), then cleaning up.
constexpr auto kGrace = 5min;
constexpr int kUsage = 2;  // crib's exit code for it

Json expectation(const scenario::Expect& expect) {
    Json json{{"fails-at", expect.fails_at}};
    if (!expect.node.empty()) json["node"] = expect.node;
    if (!expect.message.empty()) json["message"] = expect.message;
    if (!expect.why.empty()) json["why"] = expect.why;
    return json;
}

// Follows the events that `crib run --json` prints.
class Follower {
public:
    explicit Follower(const CellProcess::Calls& calls) : calls_(calls) {}

    void line(std::string_view text) {
        // Most lines are the output of steps, which the cell's own record keeps.
        if (text.find("\"event\":\"step-output\"") != std::string_view::npos) return;
        const auto json = Read::parse(text, nullptr, false);
        if (!json.is_object()) return;
        const auto get = [&](const char* key) { return json.value(key, std::string{}); };
        const auto event = get("event");
        if (event == "run-started") result_.run = get("run");
        if (event == "stage-started") doing(get("stage"));
        if (event == "step-started") doing(get("step") + " on " + get("node"));
        if (event == "check-started") doing("check " + get("check"));
        if (event == "checkpoint") checkpoint(get("what"), get("stage"));
        if (event == "progress" && !json.value("finished", false)) doing(get("subject") + ": " + get("what"));
        if (event == "stage-finished" && get("stage") == "prepare") prepared(get("outcome"));
        if (event != "run-finished") return;
        finished_ = true;
        result_.outcome = events::parse_outcome(get("outcome")).value_or(Outcome::error);
        result_.reason = get("reason");
        result_.folder = get("folder");
        result_.refused = json.value("refused", false);
    }

    [[nodiscard]] bool finished() const { return finished_; }
    [[nodiscard]] CellResult& result() { return result_; }

private:
    void prepared(const std::string& outcome) {
        if (outcome == events::to_string(Outcome::passed)) tell(News::Kind::prepared, {});
    }

    void checkpoint(const std::string& what, const std::string& stage) {
        using What = events::Checkpoint::What;
        if (what == events::to_string(What::restored)) tell(News::Kind::restored, stage);
        if (what == events::to_string(What::saved)) tell(News::Kind::saved, stage);
        if (what == events::to_string(What::not_saved)) tell(News::Kind::not_saved, stage);
    }

    void tell(News::Kind kind, const std::string& stage) {
        if (calls_.tell) calls_.tell(kind, stage);
    }

    void doing(const std::string& what) {
        if (calls_.doing) calls_.doing(what);
    }

    const CellProcess::Calls& calls_;
    CellResult result_;
    bool finished_ = false;
};

}  // namespace

std::vector<std::string> words_of(const CellOrder& order) {
    std::vector<std::string> words{"run"};
    const auto add = [&](const std::string& set) {
        words.emplace_back("--set");
        words.push_back(set);
    };
    for (const auto& set : order.sets) add(set);
    if (order.expect) add("expect=" + expectation(*order.expect).dump());
    words.insert(words.end(), order.options.begin(), order.options.end());
    for (const auto& stage : order.save) words.insert(words.end(), {"--save", stage});
    // Cells that fail may be many, and each would fill a gigabyte; their evidence is there.
    words.emplace_back("--no-save-at-failure");
    // Its name may be "-m.json".
    words.insert(words.end(), {"--json", "--", order.file});
    return words;
}

CellResult CellProcess::run(const CellOrder& order, const Calls& calls, const Context& context) {
    Follower follower(calls);
    auto command = crib_;
    const auto words = words_of(order);
    command.args.insert(command.args.end(), words.begin(), words.end());
    command.on_out = [&](std::string_view line) { follower.line(line); };
    command.keep_bytes = 64U << 10U;
    command.grace = kGrace;
    command.again = hurry_;
    command.ends_with_crib = true;
    const auto ended = runner_.run(command, context);
    auto& result = follower.result();
    if (follower.finished()) return result;
    result.outcome = context.cancelled() ? Outcome::interrupted : Outcome::error;
    const auto* exited = std::get_if<process::Exited>(&ended.end);
    result.refused = exited != nullptr && exited->code == kUsage;  // it had not even begun
    const auto said = last_lines(trim(ended.err), 5);
    result.reason =
        fmt::format("its process {} without a result{}", ended.how_it_ended(), said.empty() ? "" : ": " + said);
    return result;
}

}  // namespace crib::engine
