#include "harness/engine/capsule_scenario.h"

#include "harness/base/checkout_source.h"
#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/input_file.h"
#include "harness/base/plain_path.h"
#include "harness/base/printable.h"
#include "harness/base/sha256.h"
#include "harness/base/shallow_json.h"
#include "harness/base/system_error.h"
#include "harness/base/text.h"
#include "harness/scenario/format.h"
#include "harness/scenario/set_paths.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

namespace crib::engine {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::size_t kMostBytes = 16U << 20U;
constexpr std::size_t kMostBytesOfNames = 128U << 10U;  // a run's record takes 1 MiB

fs::path common_folder(const fs::path& one, const fs::path& other) {
    fs::path common;
    const auto end = std::mismatch(one.begin(), one.end(), other.begin(), other.end()).first;
    for (auto part = one.begin(); part != end; ++part) common /= *part;
    return common;
}

// Of a value and all that is in it: the files of "script", and of an axis "mutations[0].script".
void find_scripts(const Json& value, bool is_script, std::vector<std::string>& found) {
    if (value.is_string() && is_script) found.push_back(value.get<std::string>());
    if (!value.is_structured()) return;
    for (const auto& [key, member] : value.items()) {
        const bool names_one = value.is_object() ? key == "script" || key.ends_with(".script") : is_script;
        find_scripts(member, names_one, found);
    }
}

// The same of a --set, which may be one of a matrix: its axes.
std::vector<std::string> scripts_of(const std::string& set) {
    auto scripts = scenario::scripts_of(set);
    const auto equals = set.find('=');
    if (!set.starts_with("matrix") || equals == std::string::npos) return scripts;
    if (const auto json = parse_shallow_json<Json>(set.substr(equals + 1))) find_scripts(*json, false, scripts);
    return scripts;
}

class ScenarioPacker {
public:
    explicit ScenarioPacker(const fs::path& file) : folder_(file.parent_path()) { want({file, file, {}, false}); }

    ScenarioSources pack() {
        for (; !wanted_.empty(); wanted_.pop_front()) add(wanted_.front());
        for (const auto& [place, text] : files_) {
            found_.sources.push_back({place_of(place, folder_), {}, text});
            found_.files.push_back(place.string());
        }
        return std::move(found_);
    }

private:
    struct Wanted {
        fs::path file;
        fs::path place;  // where it would be by its name alone: in a capsule there are no links
        fs::path from;   // the folder of the scenario that names it
        bool is_script = false;
    };
    struct File {
        fs::path place;
        std::string text;
    };

    void leave_out(const std::string& path, const std::string& why) { found_.left_out.push_back({path, why}); }
    void want(const Wanted& one) {
        const auto [known, is_new] = known_.emplace(one.place, one.file);
        if (is_new) return wanted_.push_back(one);
        if (known->second == one.file) return;
        leave_out(one.file.string(), "is named through a link, and " + known->second.string() +
                                         " is in its place in a capsule, which has no links");
    }
    void want(const Wanted& by, const std::string& name, bool is_script) {
        if (fs::path(name).is_absolute()) {
            return leave_out(name, "is named by an absolute path, which leads elsewhere on another machine");
        }
        const auto from = by.file.parent_path();
        want({plain_path(from / name), (by.place.parent_path() / name).lexically_normal(), from, is_script});
    }

    void add(const Wanted& one) {
        const auto text = read(one);
        if (!text) return;
        if (files_.size() == kMostScenarioFiles || bytes_ + text->size() > kMostBytes) {
            return leave_out(one.file.string(), "is more than a capsule takes of a scenario");
        }
        if (!find_place(one.place)) return leave_out(one.file.string(), "has a path that no capsule may have");
        bytes_ += text->size();
        files_.push_back({one.place, *text});
        if (!one.is_script) want_all_of(Json::parse(*text, nullptr, false, true), one);
    }

    // Nothing, and why, of what is not to be packed.
    std::optional<std::string> read(const Wanted& one) {
        const auto& kind = one.is_script ? input_kind::step_script : input_kind::scenario;
        const auto refused = [&](const std::string& why) {
            leave_out(one.file.string(), why);
            return std::nullopt;
        };
        try {
            const auto input = try_open_input(one.file, kind);
            if (input.state == OpenedInput::State::absent) return refused(why_absent(one.file));
            if (input.state != OpenedInput::State::open) return refused(input.problem);
            auto text = read_input(one.file, kind);
            const auto why = one.is_script ? why_no_script(one, text) : why_no_scenario(one, text);
            if (!why.empty()) return refused(why);
            return text;
        } catch (const Error& error) {
            return refused(std::string("cannot be read: ") + error.what());
        }
    }
    // A run's record is JSON, which has U+FFFD for what is no UTF-8.
    static std::string why_absent(const fs::path& file) {
        if (file.string().find("\uFFFD") == std::string::npos) return "is not there any more";
        return "is not found: a name that is no UTF-8 cannot be written down; rename it, and pack it by hand";
    }
    static std::string why_no_scenario(const Wanted& one, const std::string& text) {
        const bool is_extended = !one.from.empty();
        const auto found = scenario::why_no_scenario(text, one.file, is_extended);
        if (found.empty()) return {};
        const auto& message = found.front().message;
        return message.starts_with("is no scenario") ? message : "is no scenario: " + message;
    }
    // As the scenario's reader has it: below the scenario, or called as a script, and text.
    static std::string why_no_script(const Wanted& one, const std::string& text) {
        std::error_code failed;
        const auto file = fs::weakly_canonical(one.file, failed);
        if (failed || (!is_below(file, fs::weakly_canonical(one.from, failed)) && file.extension() != ".sh")) {
            return "is outside the scenario's folder and not called NAME.sh";
        }
        const bool is_text = is_valid_utf8(text) && text.find('\0') == std::string::npos;
        return is_text ? "" : "is no text";
    }

    void want_all_of(const Json& json, const Wanted& by) {
        if (!json.is_object()) return;
        const auto extends = json.value("extends", Json());
        for (const auto& base : extends.is_array() ? extends : Json::array({extends})) {
            if (base.is_string()) want(by, base.get<std::string>(), false);
        }
        std::vector<std::string> scripts;
        for (const auto* key : {"mutations", "matrix"}) find_scripts(json.value(key, Json()), false, scripts);
        for (const auto& name : scripts) {
            if (name.find("${") == std::string::npos) {
                want(by, name, true);
            } else {
                leave_out(name, "is a script whose name has a reference");
            }
        }
        const auto components = json.value("components", Json());
        if (!components.is_object()) return;
        for (const auto& [name, source] : components.items()) {
            if (source.is_string() && is_checkout(source.get_ref<const std::string&>())) {
                leave_out(name + "=" + source.get<std::string>(), "is a checkout, not a file");
            }
        }
    }

    // The folder that all of them lie in grows as long as each still has a path that a capsule may have.
    bool find_place(const fs::path& place) {
        const auto folder = common_folder(folder_, place.parent_path());
        const auto fits = [&](const fs::path& one) { return capsule::is_safe_path(place_of(one, folder)); };
        if (!fits(place)) return false;
        if (folder != folder_ && !std::ranges::all_of(files_, fits, &File::place)) return false;
        folder_ = folder;
        return true;
    }
    static std::string place_of(const fs::path& place, const fs::path& folder) {
        return (fs::path("scenario") / place.lexically_relative(folder)).string();
    }

    fs::path folder_;
    std::vector<File> files_;
    std::size_t bytes_ = 0;
    std::deque<Wanted> wanted_;
    std::map<fs::path, fs::path> known_;  // what is in which place
    ScenarioSources found_;
};

}  // namespace

ScenarioSources sources_of_scenario(const fs::path& file) {
    return ScenarioPacker(plain_path(absolute_path(file))).pack();
}

ScenarioDigests digests_of_scenario(const fs::path& file) {
    const auto now = sources_of_scenario(file);
    ScenarioDigests digests;
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < now.files.size(); ++i) {
        bytes += now.files[i].size();
        digests.emplace(now.files[i], sha256_hex(now.sources[i].text));
    }
    return bytes > kMostBytesOfNames ? ScenarioDigests() : digests;
}

std::vector<std::string> changed_since(const ScenarioDigests& then, const ScenarioSources& now) {
    std::vector<std::string> changed;
    for (std::size_t i = 0; i < now.files.size(); ++i) {
        const auto found = then.find(now.files[i]);
        const bool is_same = found != then.end() && found->second == sha256_hex(now.sources[i].text);
        if (!is_same) changed.push_back(now.sources[i].path);
    }
    return changed;
}

std::vector<LeftOut> left_out_of_command_line(const std::vector<std::string>& sets,
                                              const std::vector<std::string>& swaps) {
    constexpr std::size_t kLongest = 100;
    std::vector<LeftOut> left_out;
    const auto add = [&](const std::string& flag, const std::string& argument) {
        left_out.push_back({flag + " " + elide(argument, kLongest), "was given to the run, not in a file"});
    };
    for (const auto& set : sets) {
        add("--set", set);
        for (const auto& script : scripts_of(set)) left_out.push_back({script, "is named by that --set"});
    }
    for (const auto& swap : swaps) add("--swap", swap);
    return left_out;
}

}  // namespace crib::engine
