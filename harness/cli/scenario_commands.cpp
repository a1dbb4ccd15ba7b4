// Commands on scenario files: schema, explain-field, validate, fmt. They boot nothing.

#include "harness/base/error.h"
#include "harness/base/input_file.h"
#include "harness/base/output_file.h"
#include "harness/base/text.h"
#include "harness/cli/commands.h"
#include "harness/cli/known_facts.h"
#include "harness/cli/matrix_hooks.h"
#include "harness/cli/rehearsal.h"
#include "harness/cli/verdict.h"
#include "harness/scenario/format.h"
#include "harness/scenario/load.h"
#include "harness/scenario/matrix_load.h"
#include "harness/scenario/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

namespace crib::cli {
namespace {

// What a shell's scenarios/*.json names besides scenarios: files that are called so and are so. What cannot be read is
// for others to tell.
bool is_no_scenario(const std::string& file) {
    const bool may_be_schema = file.ends_with(".schema.json");
    if (!may_be_schema && !file.ends_with(".lock.json")) return false;
    if (try_open_input(file, input_kind::lock).state != OpenedInput::State::open) return false;
    const auto json = nlohmann::json::parse(read_input(file, input_kind::lock), nullptr, false);
    if (!json.is_object()) return false;
    if (!may_be_schema) return json.contains("lock");
    const auto schema = json.find("$schema");  // a scenario's own leads to its schema's file
    return schema != json.end() && schema->is_string() &&
           schema->get_ref<const std::string&>().find("json-schema.org/") != std::string::npos;
}

std::string count_of(std::size_t count, const std::string& what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

// What may stand for the NAME of "versions.NAME" and its like.
scenario::KnownNames names_in_keys(const scenario::Known& known) {
    scenario::NamesOnOffer components{"component", {}};
    for (const auto& [name, versions] : known.versions) components.names.push_back(name);
    std::set<std::string> inputs;
    for (const auto& [recipe, names] : known.recipe_names) inputs.insert(names.inputs.begin(), names.inputs.end());
    return {{"versions.NAME", components},
            {"components.NAME", components},
            {"nodes.versions.NAME", components},
            {"mutations.set.NAME", {"input of a recipe", {inputs.begin(), inputs.end()}}}};
}

// What is no mistake and yet most likely not meant.
void print_notes(Output& output, const scenario::Scenario& scenario, std::vector<scenario::Diagnostic> of_matrix) {
    for (const auto& note : scenario.notes) output.print("note: {}\n", note);
    for (auto& note : of_matrix) note.message = "note: " + note.message;
    if (!of_matrix.empty()) output.print_lines(scenario::to_string(of_matrix) + "\n");
}

// As a run, a plan or a lock would find them: whatever those refuse is refused.
scenario::Known known_for_validating(Services& services, const Knowledge& knowledge) {
    auto known = knowledge.known;
    known.clashes = [&services, &knowledge,
                     by_rules = clashes_by(knowledge.rules)](const scenario::Scenario& scenario) {
        constexpr std::chrono::seconds kForShell{10};
        auto clashes = by_rules(scenario);
        const auto add = [&](const std::vector<scenario::Clash>& more) {
            clashes.insert(clashes.end(), more.begin(), more.end());
        };
        const bool is_refused = std::ranges::any_of(clashes, &scenario::Clash::refused);
        if (!is_refused) add(mistakes_of_plan(scenario, services.folders, knowledge));
        add(mistakes_of_shell(scenario, services.runner, services.context().with_timeout(kForShell)));
        return clashes;
    };
    return known;
}

// With what only all values of its matrix together show.
scenario::LoadResult validated(Output& output, const std::string& file, const std::vector<std::string>& sets,
                               const Knowledge& knowledge, const scenario::Known& known) {
    auto result = scenario::load_with_matrix(file, sets, known);
    if (!result.scenario) return result;
    std::vector<scenario::Diagnostic> notes;
    if (!result.scenario->matrix.empty()) {
        const auto hooks = catalogue_hooks(knowledge, scenario::values_of(file, sets), result.scenario);
        result.diagnostics = scenario::matrix_mistakes(file, sets, hooks);
        notes = scenario::matrix_notes(file, sets, hooks);
    }
    print_notes(output, *result.scenario, std::move(notes));
    return result;
}

// Formats one file; what was wrong with it, or whether it changed.
struct FormatEnd {
    std::string problem;
    bool changed = false;
};

FormatEnd format_file(const std::string& file, bool check_only, const Context& context) {
    try {
        const auto text = read_input(file, input_kind::scenario);
        if (const auto why = scenario::why_no_scenario(text, file); !why.empty()) return {scenario::to_string(why)};
        const auto formatted = scenario::format_text(text, file);
        if (!formatted.text) return {scenario::to_string(formatted.diagnostics)};
        if (*formatted.text == text) return {};
        if (!check_only) OutputFile(file).write(*formatted.text, context);
        return {{}, true};
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::usage) throw;
        return {std::string(error.what()) + (error.hint().empty() ? "" : "\n  " + error.hint())};
    }
}

}  // namespace

int execute(Services& services, const SchemaCommand&) {
    services.output.print_json(scenario::Schema(schema_file(services.folders)).text());
    return 0;
}

int execute(Services& services, const ExplainFieldCommand& command) {
    const auto known = known_facts(services.folders);
    services.output.print_lines(known.schema->explain(command.path, names_in_keys(known)));
    return 0;
}

int execute(Services& services, const ValidateCommand& command) {
    const auto knowledge = read_knowledge(services.folders);
    const auto known = known_for_validating(services, knowledge);
    std::size_t looked_at = 0;
    std::size_t left_out = 0;
    std::size_t wrong = 0;
    std::size_t mistakes = 0;
    std::size_t warnings = 0;
    for (const auto& file : command.files) {
        if (is_no_scenario(file)) {
            ++left_out;
            continue;
        }
        ++looked_at;
        const auto result = validated(services.output, file, command.sets, knowledge, known);
        warnings += result.warnings.size();
        if (!result.warnings.empty()) services.output.say_lines(scenario::to_string(result.warnings) + "\n");
        if (result.diagnostics.empty()) continue;
        ++wrong;
        mistakes += result.diagnostics.size();
        services.output.say_lines(scenario::to_string(result.diagnostics) + "\n");
    }
    if (wrong == 0) {
        const auto more = warnings == 0 ? "" : ", " + count_of(warnings, "warning");
        const auto others =
            left_out == 0 ? "" : fmt::format("; left out: {} of locks and schemas", count_of(left_out, "file"));
        services.output.print("{}: nothing is wrong{}{}\n", count_of(looked_at, "scenario"), more, others);
        return 0;
    }
    services.output.say("{}: {} in {}\n", count_of(looked_at, "scenario"), count_of(mistakes, "mistake"),
                        count_of(wrong, "file"));
    return 2;
}

int execute(Services& services, const FormatCommand& command) {
    std::size_t changed = 0;
    bool broken = false;
    for (const auto& file : command.files) {
        if (is_no_scenario(file)) continue;
        const auto end = format_file(file, command.check, services.context());
        if (!end.problem.empty()) {
            services.output.say_lines(end.problem + "\n");
            broken = true;
        } else if (end.changed) {
            services.output.print("{}: {}\n", file, command.check ? "is not in its canonical form" : "formatted");
            ++changed;
        }
    }
    if (broken) return 2;
    if (command.check && changed > 0) {
        services.output.say("{} to be formatted: crib fmt FILE...\n", count_of(changed, "file"));
        return 1;
    }
    return 0;
}

}  // namespace crib::cli
