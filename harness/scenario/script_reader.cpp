#include "harness/scenario/script_reader.h"

#include "harness/base/file.h"
#include "harness/base/input_file.h"
#include "harness/base/plain_path.h"
#include "harness/base/text.h"

#include <fmt/format.h>

#include <filesystem>

namespace crib::scenario {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr auto kLargestScript = input_kind::step_script.limit;

class ScriptReader {
public:
    ScriptReader(Reading& reading, Mutation& mutation) : reading_(reading), mutation_(mutation) {}

    void read_file_named(const Json& json, const std::string& path) {
        const auto name = reading_.fields.text(json, path, "script", true);
        if (!name) return;
        const auto place = child_path(path, "script");
        if (trim(*name).empty()) {
            report(place, "names no file", "the path is meant from the folder of the scenario's file");
            return;
        }
        const auto folder = reading_.document.folder_of(place);
        const auto file = plain_path(folder / *name);
        const auto input = try_open_input(file, input_kind::step_script);
        if (input.state == OpenedInput::State::absent) {
            report(place, fmt::format("there is no file {}", file.string()),
                   "the path is meant from the folder of the scenario's file");
            return;
        }
        if (input.state != OpenedInput::State::open) {
            report(place, fmt::format("{} {}", file.string(), input.problem));
            return;
        }
        if (!is_allowed(file, folder)) {
            report(place, fmt::format("{} is outside the scenario's folder and not called NAME.sh", file.string()),
                   "a script's text is kept in each run's record: copy it to the scenario, or call it NAME.sh");
            return;
        }
        mutation_.script = read_input(file, input_kind::step_script);
        mutation_.origin = file.string();
        reading_.document.note_file(file, mutation_.script);
        check(place);
    }

    // As it is: ${NAME} is the shell's.
    void read_text(const Json& json, const std::string& path) {
        if (json.is_array()) {
            for (std::size_t i = 0; i < json.size(); ++i) {
                if (!reading_.fields.require_type(json[i], child_path(path, i), Json::value_t::string)) return;
                mutation_.script += json[i].get_ref<const std::string&>() + "\n";
            }
        } else if (json.is_string()) {
            mutation_.script = json.get<std::string>();
            if (!mutation_.script.ends_with('\n')) mutation_.script += '\n';
        } else {
            report(path, fmt::format("must be a text or a list of lines, but is {}", type_name(json)));
            return;
        }
        mutation_.origin = fmt::format("{}: {}", reading_.document.file_of(path).string(), path);
        check(path);
    }

    void report(const std::string& path, const std::string& message, const std::string& hint = {}) {
        reading_.document.report(path, message, hint);
    }

private:
    // Someone else's scenario is not to have a private file of this machine in its record, which people hand on. Where
    // links lead is what counts.
    static bool is_allowed(const fs::path& file, const fs::path& folder) {
        std::error_code failed;
        const auto real_file = fs::weakly_canonical(file, failed);
        const auto real_folder = fs::weakly_canonical(folder.empty() ? fs::path(".") : folder, failed);
        return is_below(real_file, real_folder) || real_file.extension() == ".sh";
    }

    void check(const std::string& path) {
        const auto& script = mutation_.script;
        if (script.size() > kLargestScript) {
            report(path, fmt::format("is too long for a script: it has {} bytes, and may have {}", script.size(),
                                     kLargestScript));
        }
        if (trim(script).empty()) report(path, "the script is empty", "to leave a step out, \"skip\" it");
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
