#include "harness/engine/matrix_history.h"

#include "harness/base/file.h"
#include "harness/base/recorded_time.h"
#include "harness/base/text.h"

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

std::optional<CellTime> time_of(const std::string& line) {
    try {
        const auto json = Read::parse(line);
        CellTime time{json.at("scenario"), json.at("cell"), json.at("host"), {}, Outcome::error, {}};
        time.took = duration_of_seconds(json.at("seconds").get<double>());
        time.outcome = events::parse_outcome(json.at("outcome").get<std::string>()).value_or(Outcome::error);
        return time;
    } catch (const Read::exception&) {
        return std::nullopt;  // a line that a full disk cut off
    }
}

std::optional<Duration> median_of_last(std::vector<Duration> times) {
    if (times.empty()) return std::nullopt;
    if (times.size() > kRecent) times.erase(times.begin(), times.end() - kRecent);
    std::ranges::sort(times);
    return times[times.size() / 2];
}

}  // namespace

MatrixHistory::MatrixHistory(std::filesystem::path file) : file_(std::move(file)) {
    std::error_code problem;
    if (!std::filesystem::is_regular_file(file_, problem)) return;
    for (const auto& line : split_lines(read_file(file_))) {
        if (const auto time = time_of(line)) times_[{time->scenario, time->cell}].push_back(*time);
    }
}

std::optional<Duration> MatrixHistory::expected(const std::string& scenario, const std::string& cell,
                                                const std::string& host) const {
    std::vector<Duration> here;
    std::vector<Duration> elsewhere;
    const auto found = times_.find({scenario, cell});
    if (found == times_.end()) return std::nullopt;
    for (const auto& time : found->second) {
        if (time.outcome != Outcome::passed && time.outcome != Outcome::failed) continue;
        (time.host == host ? here : elsewhere).push_back(time.took);
    }
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
    times_[{time.scenario, time.cell}].push_back(time);
}

}  // namespace crib::engine
