#include "harness/engine/capsule_record.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/input_file.h"
#include "harness/base/json_place.h"
#include "harness/base/owned_folder.h"
#include "harness/base/printable.h"
#include "harness/base/recorded_time.h"
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
using Place = JsonPlace<Json>;

constexpr std::array<std::string_view, 6> kFiles{"run.json",  "events.jsonl",     "junit.xml",
                                                 "lock.json", "checkpoints.json", "network.txt"};
constexpr std::array<std::string_view, 2> kFolders{"nodes", "api"};

[[noreturn]] void refuse(const std::string& why) {
    throw Error(ErrorKind::usage, "the capsule's record: " + printable(why), "have it exported anew");
}

// What tells of this host (where its files lie) is no part of the record.
std::string run_json(const fs::path& file) {
    const auto text = read_input(file, input_kind::run_record);
    try {
        auto json = parse_json<Json>(text);
        if (json.contains("scenario-file")) {
            json["scenario-file"] = fs::path(Place(json).text("scenario-file")).filename().string();
        }
        for (const auto* name : {"sets", "swaps"}) json.erase(name);  // checkouts' paths may be among them
        return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
    } catch (const JsonFault& fault) {
        throw Error(ErrorKind::usage, fmt::format("{} is damaged: {}", file.string(), fault.what()),
                    "only a run with a whole run.json can be exported");
    }
}

// Puts together what of a run's folder is packed, and what is not and why.
class Collector {
public:
    explicit Collector(fs::path root) : root_(std::move(root)) {}

    void add(capsule::Source source) { found_.sources.push_back(std::move(source)); }

    // A file, or a folder with all that is in it; nothing when it is not there.
    void add(const fs::path& inside) {
        const auto file = root_ / inside;
        std::error_code problem;
        const auto status = fs::symlink_status(file, problem);
        if (status.type() == fs::file_type::not_found) return;
        if (status.type() == fs::file_type::directory) return add_folder(inside);
        const auto path = "run/" + inside.string();
        if (status.type() == fs::file_type::symlink) return leave_out(path, "is a link");
        const auto input = try_open_input(file, kAny);
        if (input.state != OpenedInput::State::open) return leave_out(path, input.problem);
        if (!capsule::is_safe_path(path)) return leave_out(path, "has a name that no capsule may have");
        add({path, file});
    }

    // The scenario and what it extends: what can be read of them now.
    void add_scenario(const fs::path& file) {
        if (file.empty()) return;
        std::error_code problem;
        const auto whole = fs::weakly_canonical(file, problem);
        if (problem) return leave_out(file.string(), "cannot be read: " + problem.message());
        if (!scenarios_.insert(whole).second || scenarios_.size() > kMostScenarios) return;
        const auto input = try_open_input(whole, input_kind::scenario);
        if (input.state == OpenedInput::State::absent) return leave_out(file.string(), "is not there any more");
        if (input.state != OpenedInput::State::open) return leave_out(file.string(), input.problem);
        const auto text = read_input(whole, input_kind::scenario);
        const auto path = "scenario/" + whole.filename().string();
        const bool taken = std::any_of(found_.sources.begin(), found_.sources.end(),
                                       [&](const auto& one) { return one.path == path; });
        if (taken) return leave_out(file.string(), "another file of its name is packed");
        if (!capsule::is_safe_path(path)) return leave_out(file.string(), "has a name that no capsule may have");
        add({path, {}, text});
        const auto json = Json::parse(text, nullptr, false, true);
        if (!json.is_object() || !json.contains("extends")) return;
        const auto& extends = json["extends"];
        for (const auto& base : extends.is_array() ? extends : Json::array({extends})) {
            if (base.is_string()) add_scenario(whole.parent_path() / base.get<std::string>());
        }
    }

    RecordSources take() { return std::move(found_); }

private:
    static constexpr InputKind kAny{"a file of a record", UINT64_MAX};
    static constexpr std::size_t kMostScenarios = 32;

    void add_folder(const fs::path& inside) {
        std::vector<fs::path> names;
        std::error_code problem;
        for (fs::directory_iterator it(root_ / inside, problem), end; !problem && it != end; it.increment(problem)) {
            names.push_back(it->path().filename());
        }
        if (problem) leave_out("run/" + inside.string(), "cannot be listed: " + problem.message());
        std::sort(names.begin(), names.end());
        for (const auto& name : names) add(inside / name);
    }
    void leave_out(const std::string& path, const std::string& why) { found_.left_out.push_back({path, why}); }

    fs::path root_;
    RecordSources found_;
    std::set<fs::path> scenarios_;
};

RunInfo harmless(const Place& sent) {
    const auto text = [&](const char* name) { return printable(sent.text(name)); };
    RunInfo info;
    std::set<std::string> names;
    for (const auto& node : sent.at("nodes").values()) {
        const auto name = node.text("name");
        if (!capsule::is_plain_name(name)) refuse("a node is called \"" + name + "\"");
        if (!names.insert(name).second) refuse("two nodes are called " + name);
        info.nodes.push_back({name, printable(node.text("role")), printable(node.text("ip")), "", 0});
    }
    if (info.nodes.size() > scenario::kMostNodes) {
        refuse(fmt::format("it has {} nodes, and at most {} are taken", info.nodes.size(), scenario::kMostNodes));
    }
    info.scenario = text("scenario");
    info.acceleration = printable(sent.value("acceleration", std::string()));
    info.outcome = text("outcome");
    if (!is_outcome(info.outcome)) info.outcome = "unknown";  // never one that is taken for an orphan
    const auto began = sent.at("began").get<std::int64_t>();
    if (began < 0 || began > kLatestSecond) refuse("its beginning is no time of a run");
    info.began = WallTime{std::chrono::seconds{began}};
    return info;
}

// A run on this machine: nothing in it makes a command reach for anything but its files.
RunInfo made_harmless(const fs::path& file) {
    const auto& kind = input_kind::run_record;
    if (const auto bytes = fs::file_size(file); bytes > kind.limit) {
        refuse(fmt::format("its run.json has {} bytes, and at most {} are read", bytes, kind.limit));
    }
    try {
        const auto json = parse_json<Json>(read_input(file, kind));
        return harmless(Place(json));
    } catch (const JsonFault& fault) {
        refuse(std::string("its run.json: ") + fault.what());
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

RecordSources sources_of_record(const RunInfo& run, const RunFolder& folder) {
    Collector collector(folder.path);
    collector.add({"run/run.json", {}, run_json(folder.info())});
    for (const auto name : kFiles) {
        if (name != "run.json") collector.add(fs::path(name));
    }
    for (const auto name : kFolders) collector.add(fs::path(name));
    collector.add_scenario(run.scenario_file);
    return collector.take();
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
