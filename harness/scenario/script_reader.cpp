#include "harness/scenario/script_reader.h"

#include "harness/base/file.h"
#include "harness/base/input_file.h"
#include "harness/base/plain_path.h"
#include "harness/base/text.h"
#include "harness/scenario/value_folders.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace crib::scenario {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr auto kLargestScript = input_kind::step_script.limit;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// The program that the first line of a script names: "python3", of "#!/usr/bin/env -S python3 -u". Empty: none.
std::string interpreter_of(std::string_view script) {
    if (!script.starts_with("#!")) return {};
    std::string line(script.substr(2, script.find('\n') - 2));
    std::ranges::replace(line, '\t', ' ');
    std::string name;
    for (const auto& word : split(line, ' ')) {
        const std::string bare(trim(word));
        if (bare.empty()) continue;
        const bool is_of_env = name == "env" && (bare.starts_with('-') || bare.find('=') != std::string::npos);
        if (is_of_env) continue;
        if (!name.empty() && name != "env") break;  // its arguments
        name = fs::path(bare).filename().string();
    }
    return name;
}

class ScriptReader {
public:
    ScriptReader(Reading& reading, Mutation& mutation) : reading_(reading), mutation_(mutation) {}

    void read_file_named(const Json& json, const std::string& path) {
        const auto name = reading_.fields.text(json, path, "script", true);
        if (!name) return;
        const auto place = child_path(path, "script");
        if (trim(*name).empty()) {
            report(place, "names no file", from_where(place));
            return;
        }
        const auto folder = reading_.document.folder_of(place);
        const auto file = plain_path(folder / *name);
        const auto input = try_open_input(file, input_kind::step_script);
        if (input.state == OpenedInput::State::absent) {
            report(
                place, fmt::format("there is no file {}", file.string()),
                fs::path(*name).is_absolute() ? "" : from_where(place) + why_not_here(reading_.document, place, *name));
            return;
        }
        if (input.state != OpenedInput::State::open) {
            report(place, fmt::format("{} {}", file.string(), input.problem));
            return;
        }
        if (!is_allowed(file, place)) {
            report(place, fmt::format("{} is outside the scenario's folder and not called NAME.sh", file.string()),
                   "a script's text is kept in each run's record: copy it to the scenario, or call it NAME.sh");
            return;
        }
        auto& scripts = reading_.document.scripts();
        auto known = scripts.find(file.string());
        if (known == scripts.end()) {
            known = scripts.emplace(file.string(), read_input(file, input_kind::step_script)).first;
        }
        mutation_.script = known->second;
        mutation_.origin = file.string();
        reading_.document.note_file(file, mutation_.script);
        check(place);
    }

    // As it is: ${NAME} is the shell's.
    void read_text(const Json& json, const std::string& path) {
        std::string script;
        if (json.is_array()) {
            for (std::size_t i = 0; i < json.size(); ++i) {
                if (!reading_.fields.require_type(json[i], child_path(path, i), Json::value_t::string)) return;
                script += json[i].get_ref<const std::string&>() + "\n";
            }
        } else if (json.is_string()) {
            script = json.get<std::string>();
            if (!script.ends_with('\n')) script += '\n';
        } else {
            report(path, fmt::format("must be a text or a list of lines, but is {}", type_name(json)));
            return;
        }
        mutation_.script = std::move(script);
        mutation_.origin = fmt::format("{}: {}", reading_.document.file_of(path).string(), path);
        check(path);
    }

    void report(const std::string& path, const std::string& message, const std::string& hint = {}) {
        reading_.document.report(path, message, hint);
    }

private:
    [[nodiscard]] std::string from_where(const std::string& place) const {
        const auto& document = reading_.document;
        if (!document.comes_from_flag(place) || document.comes_from_matrix(place))
            return "the path is meant from the folder of the scenario's file";
        std::error_code none;
        return "the path is meant from where crib is started: " + fs::current_path(none).string();
    }

    // Someone else's scenario is not to have a private file of this machine in its record, which people hand on. Where
    // links lead is what counts. Of a --set, which may be one that was recorded in another folder, the scenario's own
    // counts as well.
    [[nodiscard]] bool is_allowed(const fs::path& file, const std::string& place) const {
        std::error_code failed;
        const auto real_file = fs::weakly_canonical(file, failed);
        const auto is_in = [&](const fs::path& folder) {
            return is_below(real_file, fs::weakly_canonical(folder.empty() ? fs::path(".") : folder, failed));
        };
        return is_in(reading_.document.folder_of(place)) || is_in(reading_.document.file_of(place).parent_path()) ||
               real_file.extension() == ".sh";
    }

    void check(const std::string& path) {
        const auto& script = mutation_.script.str();
        if (script.size() > kLargestScript) {
            report(path, fmt::format("is too long for a script: it has {} bytes, and may have {}", script.size(),
                                     kLargestScript));
        }
        if (trim(script).empty()) report(path, "the script is empty", "to leave a step out, \"skip\" it");
        check_beginning(path, script);
        if (script.find("\r\n") != std::string::npos || script.ends_with('\r')) {
            report(path, "the script has lines that end in CR LF: for the shell the CR belongs to the line's last word",
                   "end its lines in LF alone, as sed -i 's/\\r$//' FILE does");
        }
        if (script.find('\0') != std::string::npos) {
            report(path, "a script cannot hold a zero byte");
        } else if (!is_valid_utf8(script)) {
            report(path, "the script is not UTF-8");
        }
    }

    // bash runs it, whatever its first line says.
    void check_beginning(const std::string& path, std::string_view script) {
        const bool is_file = path.ends_with(".script");
        const auto begins = (is_file ? mutation_.origin : "the script") + " begins with ";
        if (script.starts_with(kByteOrderMark)) {
            report(
                path, begins + "a byte order mark (BOM): for the shell it belongs to the first word",
                "save it as UTF-8 without BOM" +
                    (is_file ? ", as sed -i '1s/^\\xEF\\xBB\\xBF//' " + shell_quote(mutation_.origin) + " does" : ""));
            return;
        }
        const auto interpreter = interpreter_of(script);
        if (interpreter.empty() || interpreter == "sh" || interpreter == "bash") return;
        report(path, fmt::format("{}#! and {}, but steps are run by bash", begins, interpreter),
               "write it for bash; it may call a program in another language that it brings itself");
    }

    Reading& reading_;
    Mutation& mutation_;
};

}  // namespace

void read_script(Reading& reading, const Json& json, const std::string& path, Mutation& mutation) {
    const bool has_script = json.contains("script");
    ScriptReader reader(reading, mutation);
    if (has_script == json.contains("run")) {
        reader.report(path, has_script ? "has both \"script\" and \"run\"" : "has neither \"script\" nor \"run\"",
                      "\"script\" names a file, \"run\" holds the shell text itself");
    } else if (has_script) {
        reader.read_file_named(json, path);
    } else {
        reader.read_text(json["run"], child_path(path, "run"));
    }
}

}  // namespace crib::scenario
