#include "harness/base/printable.h"
#include "harness/base/text.h"
#include "harness/provision/render.h"
#include "harness/provision/shown_step.h"

#include <fmt/format.h>

#include <set>

namespace crib::provision {
namespace {

constexpr const char* kOutputs = "/root/crib-outputs";

std::string file_block(const PlannedFile& file) {
    return fmt::format(
        "install -d \"$(dirname {0})\"\ncat >{0} <<'END_OF_FILE'\n{1}{2}END_OF_FILE\nchmod {3:04o} {0}\n",
        shell_quote(file.path), file.content, file.content.ends_with('\n') ? "" : "\n", file.mode);
}

// What a person types on one node.
std::string commands_of(const PlannedStep& step) {
    const auto code = with_values(parts_of(step.script).commands, step.inputs);
    std::string text;
    for (const auto& file : step.files) text += file_block(file);
    if (!step.from_outputs.empty()) text += fmt::format(". {}  # as the control plane has it\n", kOutputs);
    if (!step.outputs.empty()) text += fmt::format("CRIB_OUTPUT={}\n", kOutputs);
    for (const auto& [name, value] : step.inputs) {
        if (uses_variable(code, name)) text += fmt::format("{}={}\n", name, shell_quote(value));
    }
    return text + code + "\n";
}

std::string step_text(const ShownStep& step, std::size_t number, const RunFacts& facts) {
    std::string text = fmt::format("### {}. {}\n\n*{}, step `{}`*\n\n{}\n", number, step.first().title,
                                   who_runs(step, facts), step.first().id, parts_of(step.first().script).why);
    const auto common = commands_of(step.first());
    std::set<std::string> different;
    for (const auto* one : step.on) different.insert(commands_of(*one));
    if (different.size() == 1) return text + fmt::format("\n```bash\n{}```\n\n", common);
    for (const auto* one : step.on) text += fmt::format("\nOn {}:\n\n```bash\n{}```\n", one->node, commands_of(*one));
    return text + "\n";
}

}  // namespace

std::string render_tutorial(const Recipe& recipe, const RunFacts& facts, const std::vector<std::string>& notes) {
    const auto plan = plan_steps(recipe, facts);
    std::string text =
        fmt::format("# {}\n\n{}.\n\n", printable(recipe.title), printable(describe_facts(recipe, facts)));
    text += "All commands are for root, in a shell with `set -euo pipefail`.";
    for (const auto& node : facts.nodes) text += fmt::format(" `{}` is {}.", node.name, node.ip);
    text += "\n";
    if (!notes.empty()) text += "\nBefore you begin:\n\n";
    for (const auto& note : notes) text += fmt::format("- {}\n", printable(note));
    for (const auto& change : plan.changes) text += fmt::format("- changed: {}\n", printable(change));
    std::string stage;
    std::size_t number = 0;
    for (const auto& step : shown_steps(plan)) {
        if (step.first().stage != stage) {
            stage = step.first().stage;
            text += fmt::format("\n## {}\n\n", stage);
        }
        text += step_text(step, ++number, facts);
    }
    return text;
}

}  // namespace crib::provision
