#include "harness/engine/matrix_history.h"

#include "harness/base/file.h"
#include "harness/base/input_file.h"
#include "harness/base/json_place.h"
#include "harness/base/line_reader.h"
#include "harness/base/recorded_time.h"
#include "harness/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace crib::engine {
namespace {

using Json = nlohmann::ordered_json;  // what is written: its members are in an order for people
using Read = nlohmann::json;          // what is read: any number of members is read in no time
using events::Outcome;
using Seconds = std::chrono::duration<double>;

constexpr std::size_t kRecent = 5;
constexpr std::size_t kMostTimes = 100;           // of one cell, on whatever host
constexpr std::size_t kMostCells = 100'000;       // that are remembered
constexpr std::size_t kLongestLine = 16U << 10U;  // crib's have a few hundred bytes

// JsonFault when the line is no cell's time.
CellTime time_of(std::string_view line) {
    const auto json_line = parse_json<Read>(line);
    const JsonPlace json(json_line);
    CellTime time{json.at("scenario"), json.at("cell"), json.at("host"), {}, Outcome::error, {}};
    const auto seconds = json.at("seconds").get<double>();
    if (!is_recorded_duration(seconds)) json.at("seconds").fail("is no time that a cell takes");
    time.took = duration_of_seconds(seconds);
    const auto outcome = events::parse_outcome(json.text("outcome"));
    if (!outcome) json.at("outcome").fail("is no outcome");
    time.outcome = *outcome;
    return time;
}

std::optional<Duration> median_of_last(std::vector<Duration> times) {
    if (times.empty()) return std::nullopt;
    if (times.size() > kRecent) times.erase(times.begin(), times.end() - kRecent);
    std::ranges::sort(times);
    return times[times.size() / 2];
}

}  // namespace

MatrixHistory::MatrixHistory(std::filesystem::path file) : file_(std::move(file)) {
    read();
}

void MatrixHistory::read() {
    auto input = try_open_input(file_, input_kind::history);
    if (input.state == OpenedInput::State::absent) return;
    if (input.state != OpenedInput::State::open) {
        problem_ = fmt::format("{} {}: how long cells took before is not known", file_.string(), input.problem);
        return;
    }
    LineReader lines(std::move(input.fd), file_, kLongestLine);
    std::size_t bad = 0;
    std::string first;  // of the bad ones
    std::size_t number = 0;
    while (const auto line = lines.next()) {
        if (line->begins) ++number;
        if (line->is_whole_line() && line->text.empty()) continue;
        try {
            if (!line->is_whole_line()) throw JsonFault(fmt::format("it is longer than {} bytes", kLongestLine));
            remember(time_of(line->text));
        } catch (const JsonFault& fault) {
            if (!line->begins) continue;
            if (++bad == 1) first = fmt::format("line {}: {}", number, fault.what());
        }
    }
    if (bad == 0) return;
    problem_ = fmt::format("{}, {}{}: passed over", file_.string(), first,
                           bad == 1 ? "" : fmt::format(" (and {} more)", bad - 1));
}

// Only cells that passed or failed count: an error says nothing of how long the cell takes. For each host, and so for
// all others than one, the last few are enough.
void MatrixHistory::remember(const CellTime& time) {
    if (time.outcome != Outcome::passed && time.outcome != Outcome::failed) return;
    const std::pair key{time.scenario, time.cell};
    if (times_.size() >= kMostCells && !times_.contains(key)) return;
    auto& times = times_[key];
    times.push_back({time.host, time.took});
    const auto of_host = [&](const Taken& one) { return one.host == time.host; };
    if (static_cast<std::size_t>(std::ranges::count_if(times, of_host)) > kRecent) {
        times.erase(std::ranges::find_if(times, of_host));
    }
    if (times.size() > kMostTimes) times.erase(times.begin());
}

std::optional<Duration> MatrixHistory::expected(const std::string& scenario, const std::string& cell,
                                                const std::string& host) const {
    std::vector<Duration> here;
    std::vector<Duration> elsewhere;
    const auto found = times_.find({scenario, cell});
    if (found == times_.end()) return std::nullopt;
    for (const auto& time : found->second) (time.host == host ? here : elsewhere).push_back(time.took);
    return median_of_last(here.empty() ? elsewhere : here);
}

void MatrixHistory::add(const CellTime& time) {
    const Json json{{"scenario", time.scenario},
                    {"cell", time.cell},
                    {"host", time.host},
                    {"seconds", std::round(Seconds(time.took).count() * 10) / 10},
                    {"outcome", events::to_string(time.outcome)},
                    {"time", to_iso8601(time.when)}};
    make_folder(file_.parent_path());
    append_file(file_, json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
    remember(time);
}

}  // namespace crib::engine
