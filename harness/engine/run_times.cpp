#include "harness/engine/run_times.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/recorded_time.h"
#include "harness/base/text.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace crib::engine {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kRecent = 5;
constexpr std::size_t kMostLookedAt = 20;
constexpr std::uint64_t kLargestRecord = 64U << 20U;

constexpr std::string_view kStarted = "\"run-started\"";

// Most lines are output of steps: only the few that say something of times are parsed.
bool may_tell(std::string_view line) {
    const auto begin = line.substr(0, 160);
    return begin.find(kStarted) != std::string_view::npos ||
           begin.find("\"stage-finished\"") != std::string_view::npos ||
           begin.find("\"run-finished\"") != std::string_view::npos;
}

void read_line(const Json& event, MeasuredRun& run) {
    const auto kind = event.value("event", "");
    if (kind == "run-started") {
        run.facts = event.at("facts").get<std::map<std::string, std::string>>();
    } else if (kind == "stage-finished") {
        run.stages.push_back(
            {event.at("stage").get<std::string>(), duration_of_seconds(event.at("took").get<double>())});
    } else if (kind == "run-finished") {
        const bool has_checks =
            std::any_of(run.stages.begin(), run.stages.end(), [](const auto& one) { return one.stage == "checks"; });
        // One that was cut short by --until has passed as well.
        run.whole = event.at("outcome") == "passed" && (has_checks || event.value("as-expected", false));
    }
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
        if (!may_tell(line)) continue;
        // What comes behind was run again in a cluster that stood already: no measure of a run.
        if (!run.facts.empty() && line.substr(0, 160).find(kStarted) != std::string_view::npos) break;
        try {
            read_line(Json::parse(line), run);
        } catch (const Json::exception&) {
            continue;  // a line that a full disk cut off
        }
    }
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
    const auto all = runs.list();
    for (auto run = all.rbegin(); run != all.rend() && looked_at < kMostLookedAt; ++run) {
        if (run->scenario != scenario || run->outcome != "passed") continue;
        if (run->acceleration != hypervisor::to_string(acceleration)) continue;
        ++looked_at;
        try {
            found.push_back(parse_times(read_file(runs.folder(run->id).events(), kLargestRecord)));
        } catch (const Error&) {
            continue;  // a record that somebody has removed
        }
    }
    return found;
}

}  // namespace crib::engine
