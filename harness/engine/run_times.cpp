#include "harness/engine/run_times.h"

#include "harness/base/error.h"
#include "harness/base/input_file.h"
#include "harness/base/json_place.h"
#include "harness/base/line_reader.h"
#include "harness/base/recorded_time.h"
#include "harness/base/text.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace crib::engine {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kRecent = 5;
constexpr std::size_t kMostLookedAt = 20;
constexpr std::uint64_t kMostRead = 32U << 20U;  // bytes of events, of all runs: one with much output has gigabytes

constexpr std::string_view kStarted = "\"run-started\"";

// Most lines are output of steps: only the few that say something of times are parsed.
bool may_tell(std::string_view line) {
    const auto begin = line.substr(0, 160);
    return begin.find(kStarted) != std::string_view::npos ||
           begin.find("\"stage-finished\"") != std::string_view::npos ||
           begin.find("\"run-finished\"") != std::string_view::npos;
}

StageTime stage_time(const JsonPlace<Json>& event) {
    const auto seconds = event.at("took").get<double>();
    if (!is_recorded_duration(seconds)) event.at("took").fail("is no time that a stage takes");
    return {event.at("stage"), duration_of_seconds(seconds)};
}

// One that was cut short by --until has passed as well.
bool is_whole(const MeasuredRun& run, bool passed, bool as_expected) {
    const auto is_checks = [](const auto& one) { return one.stage == "checks"; };
    return passed && (as_expected || std::ranges::any_of(run.stages, is_checks));
}

void read_line(const JsonPlace<Json>& event, MeasuredRun& run) {
    const auto kind = event.value("event", std::string());
    if (kind == "run-started") {
        run.facts = event.at("facts");
    } else if (kind == "stage-finished") {
        run.stages.push_back(stage_time(event));
    } else if (kind == "run-finished") {
        run.whole = is_whole(run, event.text("outcome") == "passed", event.value("as-expected", false));
    }
}

// False when the line is the first of what was run again in a cluster that stood already: no measure of a run.
bool take_line(std::string_view line, MeasuredRun& run) {
    if (!may_tell(line)) return true;
    if (!run.facts.empty() && line.substr(0, 160).find(kStarted) != std::string_view::npos) return false;
    try {
        const auto json = parse_json<Json>(line);
        read_line(JsonPlace(json), run);
    } catch (const JsonFault&) {
        // A line that a full disk cut off.
    }
    return true;
}

// Nothing when there is more to read than `left`.
std::optional<MeasuredRun> read_times(const std::filesystem::path& events, std::uint64_t& left) {
    constexpr std::size_t kLongestLine = 1U << 20U;
    auto input = open_input(events, input_kind::events);
    if (input.bytes > left) return std::nullopt;
    left -= input.bytes;
    LineReader lines(std::move(input.fd), events, kLongestLine);
    MeasuredRun run;
    while (const auto line = lines.next()) {
        if (line->is_whole_line() && !take_line(line->text, run)) break;
    }
    return run;
}

bool is_same(const MeasuredRun& run, const scenario::Scenario& scenario) {
    const auto has = [&](const std::string& fact, const std::string& value) {
        const auto found = run.facts.find(fact);
        return found != run.facts.end() && found->second == value;
    };
    return has("os", scenario.os) && has("nodes", std::to_string(scenario.nodes.size())) &&
           std::all_of(scenario.versions.begin(), scenario.versions.end(),
                       [&](const auto& version) { return has(version.first, version.second); });
}

Duration median(std::vector<Duration> times) {
    std::ranges::sort(times);
    return times[times.size() / 2];
}

}  // namespace

MeasuredRun parse_times(std::string_view events) {
    MeasuredRun run;
    while (!events.empty()) {
        const auto end = std::min(events.find('\n'), events.size());
        const auto line = events.substr(0, end);
        events.remove_prefix(std::min(end + 1, events.size()));
        if (!take_line(line, run)) break;
    }
    return run;
}

void TimesWatch::on(const events::Event& event) {
    if (const auto* started = std::get_if<events::RunStarted>(&event.body)) {
        run_.facts = started->facts;
    } else if (const auto* stage = std::get_if<events::StageFinished>(&event.body)) {
        run_.stages.push_back({stage->stage, stage->took});
    }
}

MeasuredRun TimesWatch::measured(const events::RunFinished& finished) const {
    auto run = run_;
    run.whole = is_whole(run, finished.outcome == events::Outcome::passed, finished.as_expected);
    if (!run.whole) run.stages.clear();  // nobody asks for them
    return run;
}

std::optional<ExpectedTime> expected_time(const std::vector<MeasuredRun>& runs, const scenario::Scenario& scenario) {
    std::vector<const MeasuredRun*> same;
    std::vector<const MeasuredRun*> others;
    for (const auto& run : runs) {
        if (!run.whole) continue;
        (is_same(run, scenario) ? same : others).push_back(&run);
    }
    auto& chosen = same.empty() ? others : same;
    if (chosen.empty()) return std::nullopt;
    if (chosen.size() > kRecent) chosen.resize(kRecent);
    ExpectedTime time;
    time.runs = chosen.size();
    time.same = !same.empty();
    for (const auto& stage : chosen.front()->stages) {  // the newest one's
        std::vector<Duration> times;
        for (const auto* run : chosen) {
            for (const auto& other : run->stages) {
                if (other.stage == stage.stage) times.push_back(other.took);
            }
        }
        time.stages.push_back({stage.stage, median(times)});
        time.total += time.stages.back().took;
    }
    return time;
}

std::vector<MeasuredRun> measured_runs(const RunStore& runs, const std::string& scenario,
                                       hypervisor::Acceleration acceleration) {
    std::vector<MeasuredRun> found;
    std::size_t looked_at = 0;
    auto left = kMostRead;
    const auto all = runs.list();
    for (auto run = all.rbegin(); run != all.rend() && looked_at < kMostLookedAt; ++run) {
        if (run->scenario != scenario || run->outcome != "passed") continue;
        if (run->acceleration != hypervisor::to_string(acceleration)) continue;
        if (run->scenario_file.empty()) continue;  // out of a capsule: the times of another machine
        ++looked_at;
        if (run->times) {
            found.push_back(*run->times);
            continue;
        }
        try {
            if (auto times = read_times(runs.folder(run->id).events(), left)) found.push_back(*std::move(times));
        } catch (const Error&) {
            continue;  // a record that somebody has removed
        }
    }
    return found;
}

}  // namespace crib::engine
