#include "harness/engine/run_store.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace crib::engine {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::ordered_json;

std::int64_t to_seconds(WallTime time) {
    return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
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
    return {{"id", info.id},
            {"scenario", info.scenario},
            {"scenario-file", info.scenario_file},
            {"sets", info.sets},
            {"swaps", info.swaps},
            {"until", info.until},
            {"hypervisor", info.hypervisor_uri},
            {"acceleration", info.acceleration},
            {"outcome", info.outcome},
            {"kept", info.kept},
            {"began", to_seconds(info.began)},
            {"api-port", info.api_port},
            {"host-key", info.host_key},
            {"nodes", nodes}};
}

RunInfo from_json(const Json& json) {
    RunInfo info;
    info.id = json.at("id");
    info.scenario = json.at("scenario");
    info.scenario_file = json.at("scenario-file");
    info.sets = json.value("sets", std::vector<std::string>{});
    info.swaps = json.value("swaps", std::vector<std::string>{});
    info.until = json.value("until", "");
    info.hypervisor_uri = json.at("hypervisor");
    info.acceleration = json.value("acceleration", "");
    info.outcome = json.at("outcome");
    info.kept = json.at("kept");
    info.began = WallTime{std::chrono::seconds{json.at("began").get<std::int64_t>()}};
    info.api_port = json.at("api-port");
    info.host_key = json.at("host-key");
    for (const auto& node : json.at("nodes")) {
        info.nodes.push_back(
            {node.at("name"), node.at("role"), node.at("ip"), node.at("machine"), node.at("ssh-port")});
    }
    return info;
}

RunState state_of(const RunInfo& info, const fs::path& lock) {
    if (FileLock::held(lock)) return RunState::running;
    if (info.outcome.empty()) return RunState::orphaned;
    return info.kept ? RunState::kept : RunState::ended;
}

}  // namespace

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
    }
    return "orphaned";
}

void set_console_aside(const RunFolder& folder, const std::string& node) noexcept {
    std::error_code none;
    fs::rename(folder.console(node), folder.node(node) / "console-before.log", none);
}

RunStore::Created RunStore::create(const std::string& scenario_name, const Clock& clock) const {
    auto made = make_owned_folder(folders_.runs(), scenario_name, "run");
    const RunFolder folder{made.path};
    make_folder(folder.secret(), 0700);
    make_folder(folder.disks());
    RunInfo info;
    info.id = made.id;
    info.scenario = scenario_name;
    info.began = clock.wall_now();
    info.state = RunState::running;
    save(info);
    return {info, folder, std::move(made.owner)};
}

void RunStore::save(const RunInfo& info) const {
    // A path may be no UTF-8, which JSON must be.
    write_file(folder(info.id).info(), to_json(info).dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

RunInfo RunStore::read(const fs::path& path) const {
    RunInfo info;
    try {
        info = from_json(Json::parse(read_file(path / "run.json", 1U << 20U)));
    } catch (const std::exception&) {
        // Killed between making the folder and writing run.json, or damaged: only its name is known.
        info = {};
    }
    info.id = path.filename().string();
    info.state = state_of(info, path / "owner.lock");
    return info;
}

std::vector<RunInfo> RunStore::list() const {
    std::vector<RunInfo> runs;
    std::error_code problem;
    for (fs::directory_iterator it(folders_.runs(), problem), end; !problem && it != end; it.increment(problem)) {
        if (it->is_directory()) runs.push_back(read(it->path()));
    }
    std::sort(runs.begin(), runs.end(),
              [](const RunInfo& a, const RunInfo& b) { return std::tie(a.began, a.id) < std::tie(b.began, b.id); });
    return runs;
}

RunInfo RunStore::load(const std::string& id_or_prefix) const {
    std::vector<RunInfo> matches;
    std::vector<std::string> known;
    for (auto& run : list()) {
        known.push_back(run.id);
        if (run.id == id_or_prefix) return run;
        if (run.id.starts_with(id_or_prefix)) matches.push_back(std::move(run));
    }
    if (matches.size() == 1) return matches.front();
    const auto what = matches.empty() ? "there is no run" : "more than one run begins with";
    throw Error(ErrorKind::usage, fmt::format("{} '{}'", what, id_or_prefix),
                known.empty() ? "no run has been made yet: crib run FILE"
                              : fmt::format("the runs are: {} (crib ls)", join(known, ", ")));
}

}  // namespace crib::engine
