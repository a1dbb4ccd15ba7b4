#include "harness/base/printable.h"
#include "harness/base/text.h"
#include "harness/provision/render.h"
#include "harness/provision/shown_step.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::provision {
namespace {

// Stand for what a node finds out about itself; no value holds these letters otherwise.
constexpr const char* kControlPlane = "@CRIB-CONTROL-PLANE@";
constexpr const char* kWorker = "@CRIB-WORKER@";
constexpr const char* kIp = "@CRIB-NODE-IP@";

std::string replace_all(std::string text, std::string_view from, std::string_view to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
    return text;
}

bool is_found_out(const std::string& text) {
    return text.find("@CRIB-") != std::string::npos;
}

// For double quotes or an unquoted here-document.
std::string escaped(const std::string& text, std::string_view special) {
    std::string safe;
    for (const char c : text) {
        if (special.find(c) != std::string_view::npos) safe += '\\';
        safe += c;
    }
    for (const auto* name : {kControlPlane, kWorker}) safe = replace_all(safe, name, "$node_name");
    return replace_all(safe, kIp, "$node_ip");
}

std::string quoted(const std::string& value) {
    if (is_found_out(value)) return '"' + escaped(value, "\\$`\"") + '"';
    return value.empty() ? "''" : shell_quote(value);
}

std::string file_block(const PlannedFile& file) {
    const bool found_out = is_found_out(file.content);
    const auto content = found_out ? escaped(file.content, "\\$`") : file.content;
    return fmt::format("install -d \"$(dirname {0})\"\ncat >{0} <<{4}\n{1}{2}END_OF_FILE\nchmod {3:04o} {0}\n",
                       shell_quote(file.path), content, content.ends_with('\n') ? "" : "\n", file.mode,
                       found_out ? "END_OF_FILE" : "'END_OF_FILE'");
}

std::string function_name(const std::string& id) {
    return replace_all(id, "-", "_");
}

// The nodes of a role run the same script, but for what is found out.
class Section {
public:
    Section(std::string role, std::size_t turn) : role_(std::move(role)), turn_(turn) {}

    [[nodiscard]] std::string name() const { return turn_ < 3 ? role_ : role_ + "-2"; }
    [[nodiscard]] std::size_t turn() const { return turn_; }
    [[nodiscard]] bool takes_outputs() const { return takes_outputs_; }

    void add(const PlannedStep& step, const std::string& function) {
        lines_ += fmt::format("    run_step {} {}\n", function, quoted(step.title));
        takes_outputs_ = takes_outputs_ || !step.from_outputs.empty();
    }

    [[nodiscard]] std::string text() const {
        const std::string begin = takes_outputs_ ? "    require_outputs\n" : "";
        return fmt::format("{})\n{}{}    ;;\n", name(), begin, lines_);
    }

private:
    std::string role_;
    std::size_t turn_;
    std::string lines_;
    bool takes_outputs_ = false;
};

// The comment that a script begins with, as it stands there.
std::string comment_of(const std::string& script) {
    std::string comment;
    for (const auto& line : split_lines(script)) {
        if (line.starts_with("#!")) continue;
        if (!line.starts_with('#')) break;
        comment += line + "\n";
    }
    return comment;
}

// The body of a step's function: a shell of its own, so that nothing of one step reaches another.
std::string body_of(const PlannedStep& step) {
    const auto code = parts_of(step.script).commands;
    std::string text = comment_of(step.script) + "SECONDS=0\n";
    for (const auto& [name, value] : step.inputs) {
        if (uses_variable(code, name)) text += fmt::format("{}={}\n", name, quoted(value));
    }
    for (const auto& file : step.files) text += file_block(file);
    if (!step.outputs.empty()) text += "CRIB_OUTPUT=$outputs\numask 077\n: >\"$CRIB_OUTPUT\"\n";
    if (!step.from_outputs.empty()) text += "# shellcheck source=/dev/null\n. \"$outputs\"\n";
    return text + code + "\n";
}

// The control plane and the workers take turns: 1, 3, ... are the control plane's, 2, 4, ... the workers'. A step's
// turn is the first of its node's in which all is done that it needs.
class Turns {
public:
    explicit Turns(const RunFacts& facts) : facts_(facts) {}

    std::size_t turn_of(const PlannedStep& step) {
        const std::size_t first = is_control_plane(step.node) ? 1 : 2;
        auto turn = std::max(first, of_node_[step.node]);
        for (const auto& need : step.needs) turn = std::max(turn, of_step_[need]);
        if (turn % 2 != first % 2) ++turn;
        of_node_[step.node] = turn;
        of_step_[step.id] = std::max(of_step_[step.id], turn);
        return turn;
    }

private:
    [[nodiscard]] bool is_control_plane(const std::string& name) const {
        const auto found =
            std::find_if(facts_.nodes.begin(), facts_.nodes.end(), [&](const auto& node) { return node.name == name; });
        return found != facts_.nodes.end() && found->control_plane;
    }

    const RunFacts& facts_;
    std::map<std::string, std::size_t> of_node_;
    std::map<std::string, std::size_t> of_step_;
};

constexpr std::string_view kHelpers = R"(# Each step is a shell of its own: nothing of one reaches another.
# shellcheck disable=SC2030,SC2031
set -euo pipefail

# What the control plane hands to the workers.
outputs=${CRIB_OUTPUTS:-$PWD/crib-outputs}
node_name=${NODE_NAME:-$(hostname)}
# shellcheck disable=SC2034 # not every version's configuration names it
node_ip=${NODE_IP:-$(hostname -I | cut -d ' ' -f 1)}

run_step() { # FUNCTION TITLE
    printf '\n== %s: %s\n' "$1" "$2"
    "$1"
}

require_outputs() {
    if [ -s "$outputs" ]; then return; fi
    echo "$outputs is missing: copy it from the control plane" >&2
    exit 1
}

)";

class ScriptWriter {
public:
    explicit ScriptWriter(const RunFacts& facts) : turns_(facts) {}

    void add(const ShownStep& shown) {
        std::map<std::string, std::string> function_of;  // a body -> the function that has it
        for (const auto* step : shown.on) {
            auto& section = section_of(turns_.turn_of(*step));
            const auto body = body_of(*step);
            auto& function = function_of[body];
            if (function.empty()) {
                const bool first = function_of.size() == 1;
                function = function_name(first ? step->id : step->id + "-" + section.name());
                functions_ += fmt::format("{}() (\n{})\n\n", function, body);
            }
            section.add(*step, function);
        }
    }

    std::string text(const std::string& title) {
        std::sort(sections_.begin(), sections_.end(), [](const auto& a, const auto& b) { return a.turn() < b.turn(); });
        std::string usage;
        std::string cases;
        std::vector<std::string> names;
        for (const auto& section : sections_) {
            names.push_back(section.name());
            cases += section.text();
            usage += fmt::format("#   bash FILE {}{}\n", section.name(),
                                 section.takes_outputs() ? "   with the control plane's file crib-outputs here" : "");
        }
        return fmt::format(
            "#!/usr/bin/env bash\n{}# As root, in this order:\n{}{}{}case ${{1-}} in\n{}*)\n    echo \"usage: bash $0 "
            "{}\" >&2\n    exit 2\n    ;;\nesac\n",
            title, usage, kHelpers, functions_, cases, join(names, "|"));
    }

private:
    Section& section_of(std::size_t turn) {
        const auto found = std::find_if(sections_.begin(), sections_.end(),
                                        [&](const auto& section) { return section.turn() == turn; });
        if (found != sections_.end()) return *found;
        sections_.emplace_back(turn % 2 == 1 ? "control-plane" : "worker", turn);
        return sections_.back();
    }

    Turns turns_;
    std::vector<Section> sections_;
    std::string functions_;
};

}  // namespace

std::string render_script(const Recipe& recipe, const RunFacts& example, const std::vector<std::string>& notes) {
    auto facts = example;
    for (auto& node : facts.nodes) {
        node.name = node.control_plane ? kControlPlane : kWorker;
        node.ip = kIp;
    }
    ScriptWriter writer(facts);
    const auto plan = plan_steps(recipe, facts);
    for (const auto& step : shown_steps(plan)) writer.add(step);
    auto title = fmt::format("# {}\n# {}\n", printable(recipe.title), printable(describe_facts(recipe, facts)));
    for (const auto& note : notes) title += fmt::format("# Note: {}\n", printable(note));
    return writer.text(title);
}

}  // namespace crib::provision
