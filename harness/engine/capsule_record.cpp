#include "harness/engine/capsule_record.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/owned_folder.h"
#include "harness/base/printable.h"
#include "harness/base/text.h"
#include "harness/scenario/node_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

namespace crib::engine {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;  // keeps no order, and reads any number of members in no time

constexpr std::array<std::string_view, 6> kFiles{"run.json",  "events.jsonl",     "junit.xml",
                                                 "lock.json", "checkpoints.json", "network.txt"};
constexpr std::array<std::string_view, 2> kFolders{"nodes", "api"};
constexpr std::int64_t kLatest = 9'000'000'000;  // seconds
constexpr std::uint64_t kLargestScenario = 1U << 20U;

[[noreturn]] void refuse(const std::string& why) {
    throw Error(ErrorKind::usage, "the capsule's record: " + printable(why), "have it exported anew");
}

// What tells of this host (where its files lie) is no part of the record.
std::string run_json(const fs::path& file) {
    try {
        auto json = Json::parse(read_file(file, kLargestRunRecord));
        if (json.contains("scenario-file")) {
            json["scenario-file"] = fs::path(json["scenario-file"].get<std::string>()).filename().string();
        }
        for (const auto* name : {"sets", "swaps"}) json.erase(name);  // checkouts' paths may be among them
        return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
    } catch (const Json::exception& error) {
        throw Error(ErrorKind::environment, fmt::format("{} is damaged: {}", file.string(), error.what()),
                    "only a run with a whole run.json can be exported");
    }
}

void add_folder(const fs::path& root, const std::string& name, std::vector<capsule::Source>& sources) {
    std::error_code problem;
    for (fs::recursive_directory_iterator it(root / name, problem), end; !problem && it != end; it.increment(problem)) {
        if (it->is_symlink() || !it->is_regular_file()) continue;
        const auto path = "run/" + it->path().lexically_relative(root).string();
        if (capsule::is_safe_path(path)) sources.push_back({path, it->path()});
    }
}

// The scenario and what it extends: what can be read of them now.
void add_scenario(const fs::path& file, std::set<fs::path>& known, std::vector<capsule::Source>& sources) {
    std::error_code problem;
    const auto whole = fs::weakly_canonical(file, problem);
    if (file.empty() || !fs::is_regular_file(whole, problem) || !known.insert(whole).second || known.size() > 32)
        return;
    std::string text;
    try {
        text = read_file(whole, kLargestScenario);
    } catch (const Error&) {
        return;
    }
    const auto path = "scenario/" + whole.filename().string();
    const bool taken = std::any_of(sources.begin(), sources.end(), [&](const auto& one) { return one.path == path; });
    if (!taken && capsule::is_safe_path(path)) sources.push_back({path, {}, text});
    const auto json = Json::parse(text, nullptr, false);
    if (!json.is_object() || !json.contains("extends")) return;
    const auto& extends = json["extends"];
    for (const auto& base : extends.is_array() ? extends : Json::array({extends})) {
        if (base.is_string()) add_scenario(whole.parent_path() / base.get<std::string>(), known, sources);
    }
}

// A run on this machine: nothing in it makes a command reach for anything but its files.
RunInfo made_harmless(const fs::path& file) {
    if (const auto bytes = fs::file_size(file); bytes > kLargestRunRecord) {
        refuse(fmt::format("its run.json has {} bytes, and at most {} are read", bytes, kLargestRunRecord));
    }
    try {
        const auto sent = Json::parse(read_file(file, kLargestRunRecord));
        const auto text = [&](const char* name) { return printable(sent.at(name).get<std::string>()); };
        RunInfo info;
        for (const auto& node : sent.at("nodes")) {
            const auto name = node.at("name").get<std::string>();
            if (!capsule::is_plain_name(name)) refuse("a node is called \"" + name + "\"");
            info.nodes.push_back({name, printable(node.at("role").get<std::string>()),
                                  printable(node.at("ip").get<std::string>()), "", 0});
        }
        if (info.nodes.size() > scenario::kMostNodes) {
            refuse(fmt::format("it has {} nodes, and at most {} are taken", info.nodes.size(), scenario::kMostNodes));
        }
        info.scenario = text("scenario");
        info.acceleration = printable(sent.value("acceleration", ""));
        info.outcome = text("outcome");
        if (info.outcome.empty()) info.outcome = "unknown";  // never one that is taken for an orphan
        const auto began = sent.at("began").get<std::int64_t>();
        if (began < 0 || began > kLatest) refuse("its beginning is no time of a run");
        info.began = WallTime{std::chrono::seconds{began}};
        return info;
    } catch (const Json::exception& error) {
        refuse(error.what());
    }
}

// What is written must be readable by each later command.
std::string text_of(const RunInfo& info) {
    try {
        return record_text(info);
    } catch (const Error& error) {
        refuse(error.what());
    }
}

}  // namespace

bool is_of_record(const std::string& path) {
    if (path.starts_with("scenario/")) return true;
    if (!path.starts_with("run/")) return false;
    const auto rest = path.substr(4);
    if (std::find(kFiles.begin(), kFiles.end(), rest) != kFiles.end()) return true;
    return std::any_of(kFolders.begin(), kFolders.end(),
                       [&](std::string_view folder) { return rest.starts_with(std::string(folder) + "/"); });
}

std::vector<capsule::Source> sources_of_record(const RunInfo& run, const RunFolder& folder) {
    std::vector<capsule::Source> sources{{"run/run.json", {}, run_json(folder.info())}};
    for (const auto name : kFiles) {
        const auto file = folder.path / name;
        std::error_code problem;
        if (name != "run.json" && fs::is_regular_file(fs::symlink_status(file, problem))) {
            sources.push_back({"run/" + std::string(name), file});
        }
    }
    for (const auto name : kFolders) add_folder(folder.path, std::string(name), sources);
    std::set<fs::path> known;
    add_scenario(run.scenario_file, known, sources);
    return sources;
}

RunInfo take_in_record(const RunStore& runs, const capsule::Manifest& manifest, const fs::path& unpacked) {
    for (const auto& part : manifest.parts) {
        const bool is_state = part.path.starts_with("state/") || part.path.starts_with("images/");
        if (!is_state && !is_of_record(part.path)) refuse("it has a part \"" + part.path + "\" that no record has");
    }
    const auto folder = unpacked / "run";
    if (!fs::exists(folder / "run.json")) refuse("it has no run.json");
    auto info = made_harmless(folder / "run.json");
    if (fs::exists(unpacked / "scenario")) fs::rename(unpacked / "scenario", folder / "scenario");
    make_folder(runs.root());
    fs::permissions(folder, fs::perms(0755));
    for (info.id = manifest.run;; info.id = manifest.run + "-" + random_word(4)) {
        write_file(folder / "run.json", text_of(info));
        if (place_owned_folder(folder, runs.root(), info.id, "run")) return runs.load(info.id);
    }
}

}  // namespace crib::engine
