#include "harness/cli/plan_text.h"

#include "harness/base/error.h"
#include "harness/base/shown_word.h"
#include "harness/base/text.h"
#include "harness/check/checker.h"
#include "harness/check/table.h"
#include "harness/cli/printed.h"
#include "harness/engine/cell_lock.h"
#include "harness/scenario/matrix.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::cli {
namespace {

using engine::RunPlan;
using provision::PlannedStep;

constexpr std::string_view kWaitSeconds = "WAIT_SECONDS";  // said as the step's time limit

std::string indented(const std::string& table) {
    std::string text;
    for (const auto& line : split_lines(table)) text += "  " + line + "\n";
    return text;
}

std::string versions_text(const RunPlan& plan) {
    const auto asked = asked_versions(plan.scenario);
    std::vector<std::vector<std::string>> rows;
    const auto add = [&](const std::string& name, const std::string& version) {
        const auto found = asked.find(name);
        rows.push_back({name, found == asked.end() ? version : fmt::format("{} ({})", version, found->second)});
    };
    for (const auto& [name, version] : plan.scenario.versions) add(name, version);
    for (const auto& node : plan.scenario.nodes) {
        for (const auto& [name, version] : node.versions) {
            const auto cluster = plan.scenario.versions.find(name);
            const bool differs = cluster == plan.scenario.versions.end() || cluster->second != version;
            if (differs) add(fmt::format("{} on {}", name, node.name), version);
        }
    }
    return "versions\n" + indented(check::format_table(rows));
}

std::string nodes_text(const RunPlan& plan) {
    std::vector<std::vector<std::string>> rows{{"NODE", "ROLE", "OS", "ADDRESS", "MEMORY", "VCPUS", "IMAGE"}};
    for (const auto& node : plan.nodes) {
        const auto image = std::find_if(plan.images.begin(), plan.images.end(),
                                        [&](const auto& one) { return one.name == node.asked.os; });
        rows.push_back({node.name(), scenario::to_string(node.asked.role), node.asked.os, node.ip,
                        to_string(node.asked.memory), std::to_string(node.asked.vcpus),
                        image == plan.images.end() ? "-" : state_of(*image)});
    }
    return "nodes\n" + indented(check::format_table(rows));
}

std::string components_text(const RunPlan& plan) {
    std::vector<std::vector<std::string>> rows{{"COMPONENT", "VERSION", "SOURCE", "STATE"}};
    for (const auto& one : plan.components) rows.push_back({one.name, one.version, one.source, state_of(one)});
    return "components\n" + indented(check::format_table(rows));
}

// The same script of one step, on one node or on several.
using SameScript = std::vector<const PlannedStep*>;

std::vector<SameScript> grouped_steps(const RunPlan& plan) {
    std::vector<SameScript> groups;
    for (const auto& step : plan.set_up.steps) {
        const auto same = std::find_if(groups.begin(), groups.end(), [&](const SameScript& group) {
            return group.front()->id == step.id && group.front()->script == step.script;
        });
        if (same == groups.end()) {
            groups.push_back({&step});
        } else {
            same->push_back(&step);
        }
    }
    return groups;
}

std::string nodes_of(const SameScript& group, const RunPlan& plan) {
    if (group.size() == plan.nodes.size() && group.size() > 1) return "all nodes";
    std::vector<std::string> names;
    for (const auto* step : group) names.push_back(step->node);
    return join(names, ", ");
}

// What was several lines.
std::string one_line(const std::string& value) {
    return join(split_lines(value), "; ");
}

std::string inputs_text(const SameScript& group) {
    std::string text;
    for (const auto& [name, value] : group.front()->inputs) {
        if (name == kWaitSeconds) continue;
        const bool same = std::all_of(group.begin(), group.end(), [&, &name = name, &value = value](const auto* step) {
            return step->inputs.at(name) == value;
        });
        if (same) {
            text += printed("      {}={}\n", name, one_line(value));
            continue;
        }
        for (const auto* step : group) {
            text += printed("      {}={} ({})\n", name, one_line(step->inputs.at(name)), step->node);
        }
    }
    for (const auto& name : group.front()->from_outputs) text += printed("      {} of an earlier step\n", name);
    return text;
}

std::string steps_text(const RunPlan& plan) {
    std::string text = "steps\n";
    std::string stage;
    for (const auto& group : grouped_steps(plan)) {
        const auto& step = *group.front();
        if (step.stage != stage) text += printed("  to {}\n", stage = step.stage);
        text += printed("    {:<22} {:<14} {:<32} {}, at most {}\n", step.id, nodes_of(group, plan), step.script_name,
                        step.title, to_short_string(step.timeout));
        text += inputs_text(group);
    }
    return text;
}

std::string checks_text(const RunPlan& plan) {
    std::string text = "checks\n";
    for (const auto& check : plan.scenario.checks) {
        text += printed("  {}\n", engine::text_of(check));
    }
    if (plan.scenario.expect) {
        const auto& expect = *plan.scenario.expect;
        text += printed("expected to fail at {}{}\n", expect.fails_at,
                        expect.message.empty() ? "" : printed(" with \"{}\"", expect.message));
    }
    return text;
}

std::string list_text(const std::string& title, const std::vector<std::string>& lines) {
    if (lines.empty()) return {};
    std::string text = title + "\n";
    for (const auto& line : lines) text += printed("  - {}\n", line);
    return text;
}

std::string time_text(const RunPlan& plan) {
    const auto is_missing = [](const auto& one) { return !one.built; };
    const auto to_make =
        std::count_if(plan.components.begin(), plan.components.end(), is_missing) +
        std::count_if(plan.images.begin(), plan.images.end(), [](const auto& image) { return !image.made; });
    const std::string more = to_make == 0 ? "" : printed("; {} components and images come first", to_make);
    if (!plan.time) return printed("time     no run measured yet{}\n", more);
    std::vector<std::string> stages;
    for (const auto& stage : plan.time->stages) stages.push_back(stage.stage + " " + to_short_string(stage.took));
    return printed("time     about {}, the median of {} run{}{}{}\n         {}\n", to_short_string(plan.time->total),
                   plan.time->runs, plan.time->runs == 1 ? "" : "s",
                   plan.time->same ? "" : " of other versions, systems or numbers of nodes", more, join(stages, ", "));
}

std::string memory_text(const RunPlan& plan) {
    auto text = printed("memory   {}: {}", to_string(plan.need.memory), plan.need.arithmetic);
    if (plan.acceleration.kind == hypervisor::Acceleration::kvm) {
        const auto emulated = engine::need_of(plan.scenario, hypervisor::Acceleration::tcg);
        text += printed(" (where CPUs are emulated {})", to_string(emulated.memory));
    }
    return text + "\n";
}

// For bash, in nothing but what a terminal may get.
std::string bash_word(const std::string& value) {
    return printable_lines(value) == value ? shell_quote(value) : escaped_word(value);
}

std::string matrix_text(const RunPlan& plan, const MatrixSize& matrix, const NextCommand& next_command) {
    const auto excluded = matrix.excluded == 0 ? "" : printed(", {} excluded", scenario::grouped(matrix.excluded));
    return printed("matrix   this is one run of it; its {}{} cells{}: {}\n", matrix.counted ? "" : "up to ",
                   scenario::grouped(matrix.cells), excluded,
                   next_command("matrix", {plan.scenario.file.string()}, {"--list"}));
}

// Where the text of a step is from, and on which of its lines there the planned text begins.
struct ScriptOrigin {
    std::string name;
    std::size_t first_line = 1;
};

ScriptOrigin origin_of(const RunPlan& plan, const PlannedStep& step) {
    using Kind = scenario::Mutation::Kind;
    ScriptOrigin origin{step.script_name};
    for (const auto& mutation : plan.scenario.mutations) {
        const bool is_replaced = mutation.kind == Kind::replace && mutation.step == step.id;
        const bool is_inserted =
            (mutation.kind == Kind::insert_before || mutation.kind == Kind::insert_after) && mutation.id == step.id;
        const auto& nodes = mutation.nodes;
        const bool is_there = nodes.empty() || std::find(nodes.begin(), nodes.end(), step.node) != nodes.end();
        if (!is_there || !(is_replaced || is_inserted)) continue;
        origin.name = mutation.origin;
        // The planned text begins with a "#!" line that the file need not have.
        origin.first_line = mutation.script.str().starts_with("#!") ? 1 : 0;
    }
    return origin;
}

// Without such a character it would be another script.
void require_printable(const std::vector<std::string>& lines, const ScriptOrigin& origin) {
    const auto bad =
        std::find_if(lines.begin(), lines.end(), [](const auto& line) { return printable_lines(line) != line; });
    if (bad == lines.end()) return;
    const auto number = static_cast<std::size_t>(bad - lines.begin()) + origin.first_line;
    throw Error(
        ErrorKind::usage,
        printed("{}: line {} of the script has characters that a terminal must not get: {}", origin.name, number, *bad),
        "crib plan FILE --json has the scripts with these escaped");
}

}  // namespace

std::map<std::string, std::string> asked_versions(const scenario::Scenario& scenario) {
    std::map<std::string, std::string> asked;
    for (const auto& [name, written] : scenario.written_versions) {
        const auto found = scenario.versions.find(name);
        if (found != scenario.versions.end() && found->second != written) asked[name] = written;
    }
    for (const auto& node : scenario.nodes) {
        for (const auto& [name, written] : node.written_versions) {
            const auto found = node.versions.find(name);
            if (found == node.versions.end() || found->second == written) continue;
            asked[fmt::format("{} on {}", name, node.name)] = written;
        }
    }
    return asked;
}

const char* state_of(const engine::StockedComponent& component) {
    if (component.source == "upstream") return component.built ? "fetched" : "to fetch";
    return component.built ? "built" : "to build";
}

const char* state_of(const engine::StockedImage& image) {
    if (image.from_others) return image.made ? "fetched" : "to fetch";
    return image.made ? "made" : "to make";
}

std::string plan_text(const RunPlan& plan, const std::optional<MatrixSize>& matrix, const NextCommand& next_command) {
    const auto& scenario = plan.scenario;
    std::string text = printed("{}{}{}\n", scenario.name, scenario.about.empty() ? "" : ": ", scenario.about);
    text += printed("recipe {}, packages from {}{}\n", scenario.recipe,
                    plan.package_source == "upstream" ? "their publishers" : "crib",
                    scenario.internet ? ", nodes reach the internet" : "");
    text += printed("CPUs {}{}\n\n", hypervisor::to_string(plan.acceleration.kind),
                    plan.acceleration.reason.empty() ? "" : ": " + one_line(plan.acceleration.reason));
    if (!plan.warnings.empty()) text += list_text("warnings", plan.warnings) + "\n";
    text += versions_text(plan) + "\n" + nodes_text(plan) + "\n" + components_text(plan) + "\n" + steps_text(plan);
    text += list_text("changes of the scenario to the recipe", plan.set_up.changes);
    text += list_text("notes", scenario.notes);
    text += list_text("departures of the profile " + plan.profile, plan.set_up.departures);
    text += "\n" + checks_text(plan) + "\n" + time_text(plan);
    text += memory_text(plan);
    text += printed("disk     {} at least, where runs are kept\n", to_string(plan.need.disk));
    if (matrix) text += matrix_text(plan, *matrix, next_command);
    return text;
}

std::string step_script(const RunPlan& plan, const std::string& wanted) {
    const auto& steps = plan.set_up.steps;
    const auto is_wanted = [&](const PlannedStep& step) {
        return wanted == step.id || wanted == fmt::format("{}@{}", step.id, step.node);
    };
    const auto step = std::find_if(steps.begin(), steps.end(), is_wanted);
    if (step == steps.end()) {
        std::vector<std::string> known;
        for (const auto& one : steps) {
            known.push_back(wanted.find('@') == std::string::npos ? one.id : fmt::format("{}@{}", one.id, one.node));
        }
        const auto near = nearest(wanted, known);
        throw Error(ErrorKind::usage, fmt::format("--script {}: there is no such step in the plan", wanted),
                    near ? fmt::format("did you mean {}?", *near) : "crib plan FILE names them");
    }
    const auto parts = split_lines(step->script);
    require_printable(parts, origin_of(plan, *step));
    const bool has_shebang = !parts.empty() && parts.front().starts_with("#!");
    std::string text = "#!/usr/bin/env bash\n";  // which runs the step, whatever its own first line names
    text += printed("# {} on {}: {} ({})\nset -euo pipefail\n", step->id, step->node, step->title, step->script_name);
    for (const auto& [name, value] : step->inputs) text += fmt::format("export {}={}\n", name, bash_word(value));
    for (const auto& name : step->from_outputs) text += printed(": \"${{{}:?is of an earlier step}}\"\n", name);
    for (const auto& file : step->files) text += printed("# {} was put there by crib\n", file.path);
    for (const auto& output : step->outputs) text += printed("# hands {} on, by $CRIB_OUTPUT\n", output.name);
    text += "\n";
    for (std::size_t i = has_shebang ? 1 : 0; i < parts.size(); ++i) text += parts[i] + "\n";
    return text;
}

}  // namespace crib::cli
