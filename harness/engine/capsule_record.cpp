#include "harness/engine/capsule_record.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/input_file.h"
#include "harness/base/json_place.h"
#include "harness/base/owned_folder.h"
#include "harness/base/printable.h"
#include "harness/base/recorded_time.h"
#include "harness/base/size.h"
#include "harness/base/text.h"
#include "harness/checkpoint/run_stages.h"
#include "harness/engine/record_values.h"
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
constexpr const char* kScenario = "scenario";
constexpr std::array<std::string_view, 3> kNeverPacked{kMarkFile, "owner.lock", "private"};  // and the switch's
constexpr const char* kStages = "checkpoints.json";

[[noreturn]] void refuse(const std::string& why) {
    throw Error(ErrorKind::usage, "the capsule's record: " + printable(why), "have it exported anew");
}

// What tells of this host (where its files lie) is no part of the record.
std::string run_json(const fs::path& file, const std::vector<std::string>& changed) {
    const auto text = read_input(file, input_kind::run_record);
    try {
        auto json = parse_json<Json>(text);
        if (json.contains("scenario-file")) {
            json["scenario-file"] = fs::path(Place(json).text("scenario-file")).filename().string();
        }
        for (const auto* name : {"sets", "swaps", "scenario-digests"}) json.erase(name);  // they have paths
        if (!changed.empty()) json["scenario-changed"] = changed;
        return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
    } catch (const JsonFault& fault) {
        throw Error(ErrorKind::usage, fmt::format("{} is damaged: {}", file.string(), fault.what()),
                    "only a run with a whole run.json can be exported");
    }
}

// Why a record is none that a run of another machine may become: the same for who packs and who opens.
class Unfit : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

RunInfo harmless(const Place& sent) {
    const auto text = [&](const char* name) { return printable(sent.text(name)); };
    RunInfo info;
    std::set<std::string> names;
    const auto nodes = sent.at("nodes").values();
    if (nodes.size() > scenario::kMostNodes) {
        throw Unfit(fmt::format("it has {} nodes, and at most {} are taken", nodes.size(), scenario::kMostNodes));
    }
    for (const auto& node : nodes) {
        const auto name = node.text("name");
        if (!capsule::is_plain_name(name)) throw Unfit("a node is called \"" + name + "\"");
        if (!names.insert(name).second) throw Unfit("two nodes are called \"" + name + "\"");
        for (const auto& objection : {objection_to_role(node.text("role")), objection_to_address(node.text("ip"))}) {
            if (!objection.empty()) throw Unfit(fmt::format("what it says of node \"{}\" {}", name, objection));
        }
        info.nodes.push_back({name, node.text("role"), node.text("ip"), "", 0});
    }
    info.scenario = text("scenario");
    if (!capsule::is_plain_name(info.scenario)) info.scenario = "unknown";  // as its manifest may have it
    info.acceleration = sent.value("acceleration", std::string());
    if (!capsule::is_plain_name(info.acceleration)) info.acceleration.clear();
    info.outcome = text("outcome");
    if (!is_outcome(info.outcome)) info.outcome = "unknown";  // never one that is taken for an orphan
    const auto began = sent.at("began").get<std::int64_t>();
    if (began < 0 || began > kLatestSecond) throw Unfit("its beginning is no time of a run");
    info.began = WallTime{std::chrono::seconds{began}};
    return info;
}

// Files of its scenario, as this or another crib has packed it.
std::vector<std::string> changed_files(const Place& sent) {
    const auto changed = sent.value("scenario-changed", std::vector<std::string>{});
    if (changed.size() > kMostScenarioFiles) throw Unfit("it says of too many files that they have changed");
    for (const auto& path : changed) {
        if (path.starts_with("scenario/") && capsule::is_safe_path(path)) continue;
        throw Unfit("it says that \"" + elide(path, 100) + "\" has changed, which is no file of a scenario");
    }
    return changed;
}

// A run on this machine: nothing in it makes a command reach for anything but its files.
RunInfo made_harmless(const std::string& text) {
    const auto most = input_kind::run_record.limit;
    if (text.size() > most) {
        throw Unfit(fmt::format("its run.json has {} bytes, and at most {} are read", text.size(), most));
    }
    try {
        const auto json = parse_json<Json>(text);
        auto info = harmless(Place(json));
        info.scenario_changed = changed_files(Place(json));
        (void)record_text(info);  // what is written must be readable by each later command
        return info;
    } catch (const JsonFault& fault) {
        throw Unfit(std::string("its run.json: ") + fault.what());
    } catch (const Error& error) {
        throw Unfit(error.what());
    }
}

// What is wrong with a checkpoints.json, to stand behind its name; empty: nothing.
std::string why_no_stages(const fs::path& file) {
    try {
        (void)checkpoint::read_run_stages(file);
        return {};
    } catch (const Error& error) {
        const std::string why = error.what();
        const auto name = file.string() + " ";
        return why.starts_with(name) ? why.substr(name.size()) : "cannot be read: " + why;
    }
}

// Puts together what of a run's folder is packed, and what is not and why.
class Collector {
public:
    Collector(fs::path root, const capsule::Limits& limits, std::size_t others)
        : root_(std::move(root)), limits_(limits), others_(others) {}

    void add(capsule::Source source) {
        const auto bytes = source.bytes.value_or(source.text.size());
        if (const auto why = why_too_much(bytes); !why.empty()) return leave_out(source.path, why);
        bytes_ += bytes;
        found_.sources.push_back(std::move(source));
    }

    // A file, or a folder with all that is in it; nothing when it is not there.
    void add(const fs::path& inside, const fs::path& above = "run") {
        const auto file = root_ / inside;
        std::error_code problem;
        const auto status = fs::symlink_status(file, problem);
        if (status.type() == fs::file_type::not_found) return;
        if (status.type() == fs::file_type::directory) return add_folder(inside, above);
        const auto path = (above / inside).string();
        if (status.type() == fs::file_type::symlink) return leave_out(path, "is a link");
        const auto input = try_open_input(file, kAny);
        if (input.state != OpenedInput::State::open) return leave_out(path, input.problem);
        if (!capsule::is_safe_path(path)) return leave_out(path, "has a name that no capsule may have");
        if (inside == kStages) {
            if (const auto why = why_no_stages(file); !why.empty()) return leave_out(path, why);
        }
        add({path, file, {}, input.bytes});
    }

    // What lies there besides and is none of crib's files.
    void name_others(bool scenario_is_packed) {
        const auto is_known = [&](const std::string& name) {
            if (scenario_is_packed && name == kScenario) return true;
            const auto among = [&](const auto& names) {
                return std::find(names.begin(), names.end(), name) != names.end();
            };
            return among(kFiles) || among(kFolders) || among(kNeverPacked) || name.starts_with("switch") ||
                   name.find(".partial-") != std::string::npos;
        };
        for (const auto& name : names_in("")) {
            if (!is_known(name.string())) leave_out((fs::path("run") / name).string(), "is no part of a run's record");
        }
    }

    void add_scenario(ScenarioSources scenario, const RunInfo& run) {
        for (auto& source : scenario.sources) add(std::move(source));
        for (const auto& one : scenario.left_out) leave_out(one.path, one.why);
        for (const auto& one : left_out_of_command_line(run.sets, run.swaps)) leave_out(one.path, one.why);
    }
    RecordSources take() { return std::move(found_); }

private:
    static constexpr InputKind kAny{"a file of a record", UINT64_MAX};

    void add_folder(const fs::path& inside, const fs::path& above) {
        for (const auto& name : names_in(inside, above)) add(inside / name, above);
    }
    std::vector<fs::path> names_in(const fs::path& inside, const fs::path& above = "run") {
        std::vector<fs::path> names;
        std::error_code problem;
        for (fs::directory_iterator it(root_ / inside, problem), end; !problem && it != end; it.increment(problem)) {
            names.push_back(it->path().filename());
        }
        if (problem) leave_out((above / inside).string(), "cannot be listed: " + problem.message());
        std::sort(names.begin(), names.end());
        return names;
    }
    // Whoever opens the capsule would refuse all of it.
    [[nodiscard]] std::string why_too_much(std::uint64_t bytes) const {
        const auto size = [](std::uint64_t one) { return to_string(ByteSize{one}); };
        if (bytes > limits_.record_file) {
            return fmt::format("has more than {}, the most that a capsule takes of a file", size(limits_.record_file));
        }
        if (bytes_ + bytes > limits_.record) {
            return fmt::format("has {}, and a capsule takes records of at most {} in all", size(bytes),
                               size(limits_.record));
        }
        if (others_ + found_.sources.size() < limits_.members) return {};
        return fmt::format("is one too many: a capsule takes at most {} files", limits_.members);
    }
    void leave_out(const std::string& path, const std::string& why) { found_.left_out.push_back({path, why}); }

    fs::path root_;
    const capsule::Limits& limits_;
    std::size_t others_;
    std::uint64_t bytes_ = 0;
    RecordSources found_;
};

// "two-node-cd34" of "two-node-ab12": what is exported and opened again and again must not get a longer name each time,
// until it is none any more.
std::string name_of_another(const std::string& name) {
    constexpr std::size_t kWord = 4;
    constexpr std::size_t kLongest = 100;  // as is_plain_name() has it
    const auto dash = name.rfind('-');
    const bool has_ending = dash != std::string::npos && dash > 0 && name.size() - dash == kWord + 1;
    const auto base = has_ending ? name.substr(0, dash) : name.substr(0, kLongest - kWord - 1);
    return base + "-" + random_word(kWord);
}

// Of a capsule's run/: what there is of its records is checked.
RunInfo sent_run(const fs::path& folder) {
    if (fs::exists(folder / kStages)) {
        if (const auto why = why_no_stages(folder / kStages); !why.empty()) refuse("its checkpoints.json " + why);
    }
    const auto file = folder / "run.json";
    const auto& kind = input_kind::run_record;
    if (const auto bytes = fs::file_size(file); bytes > kind.limit) {
        refuse(fmt::format("its run.json has {} bytes, and at most {} are read", bytes, kind.limit));
    }
    try {
        return made_harmless(read_input(file, kind));
    } catch (const Unfit& unfit) {
        refuse(unfit.what());
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

RecordSources sources_of_record(const RunInfo& run, const RunFolder& folder, const capsule::Limits& limits,
                                std::size_t others) {
    Collector collector(folder.path, limits, others);
    ScenarioSources scenario;
    std::vector<std::string> changed;
    if (!run.scenario_file.empty()) {
        scenario = sources_of_scenario(run.scenario_file);
        if (!run.scenario_digests.empty()) changed = changed_since(run.scenario_digests, scenario);
    }
    auto text = run_json(folder.info(), changed);
    try {
        (void)made_harmless(text);
    } catch (const Unfit& unfit) {
        throw Error(ErrorKind::usage,
                    fmt::format("run {} cannot be packed: crib open would refuse its record: {}", run.id,
                                printable(unfit.what())),
                    "only a run as crib made it can be exported");
    }
    collector.add({"run/run.json", {}, std::move(text)});
    for (const auto name : kFiles) {
        if (name != "run.json") collector.add(fs::path(name));
    }
    if (run.scenario_file.empty()) {
        collector.add(kScenario, "");  // as a capsule brought it
    } else {
        collector.add_scenario(std::move(scenario), run);
    }
    for (const auto name : kFolders) collector.add(fs::path(name));
    collector.name_others(run.scenario_file.empty());
    auto found = collector.take();
    found.changed = run.scenario_file.empty() ? run.scenario_changed : std::move(changed);
    found.knows_changes = run.scenario_file.empty() || !run.scenario_digests.empty();
    return found;
}

RunInfo take_in_record(const RunStore& runs, const capsule::Manifest& manifest, const fs::path& unpacked) {
    for (const auto& part : manifest.parts) {
        const bool is_state = part.path.starts_with("state/") || part.path.starts_with("images/");
        if (!is_state && !is_of_record(part.path)) refuse("it has a part \"" + part.path + "\" that no record has");
    }
    const auto folder = unpacked / "run";
    if (!fs::exists(folder / "run.json")) refuse("it has no run.json");
    auto info = sent_run(folder);
    if (fs::exists(unpacked / kScenario)) fs::rename(unpacked / kScenario, folder / kScenario);
    make_folder(runs.root());
    fs::permissions(folder, fs::perms(0755));
    for (info.id = manifest.run;; info.id = name_of_another(manifest.run)) {
        write_file(folder / "run.json", record_text(info));
        if (place_owned_folder(folder, runs.root(), info.id, "run")) return runs.load(info.id);
    }
}

}  // namespace crib::engine
