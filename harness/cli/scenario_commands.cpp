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

// What has been told of all the files of a command: no more than people read, and how much that leaves untold.
class Told {
public:
    // As many as may be told yet, each with an end of line; the rest is counted.
    std::string some_of(const std::vector<std::string>& texts) {
        std::string told;
        for (const auto& text : texts) {
            if (left_ == 0) {
                ++untold_;
            } else {
                --left_;
                told += text + "\n";
            }
        }
        return told;
    }
    std::string some_of(const std::vector<scenario::Diagnostic>& found) {
        std::vector<std::string> texts;
        for (const auto& one : found) texts.push_back(left_ > texts.size() ? scenario::to_string(one) : "");
        return some_of(texts);
    }
    // "and 7 more mistakes"; empty: all were told.
    [[nodiscard]] std::string rest(const std::string& what) const {
        return untold_ == 0 ? "" : fmt::format("and {} more\n", count_of(untold_, what));
    }

private:
    std::size_t left_ = scenario::kMostDiagnosticsShown;
    std::size_t untold_ = 0;
};

// What is no mistake and yet most likely not meant.
void print_notes(Output& output, const scenario::Scenario& scenario, std::vector<scenario::Diagnostic> of_matrix,
                 Told& told) {
    std::vector<std::string> notes;
    for (const auto& note : scenario.notes) notes.push_back("note: " + note);
    output.print_lines(told.some_of(notes));
    for (auto& note : of_matrix) note.message = "note: " + note.message;
    output.print_lines(told.some_of(of_matrix));
}

// As a run, a plan or a lock would find them: whatever those refuse is refused.
scenario::Known known_for_validating(const Services& services, const Knowledge& knowledge) {
    auto known = knowledge.known;
    known.clashes = [&services, &knowledge,
                     by_rules = clashes_by(knowledge.rules)](const scenario::Scenario& scenario) {
        auto clashes = by_rules(scenario);
        const auto add = [&](const std::vector<scenario::Clash>& more) {
            clashes.insert(clashes.end(), more.begin(), more.end());
        };
        const bool is_refused = std::ranges::any_of(clashes, &scenario::Clash::refused);
        if (!is_refused) add(mistakes_of_plan(scenario, services.folders, knowledge));
        add(knowledge.known.clashes(scenario));
        return clashes;
    };
    return known;
}

// With what only all values of its matrix together show.
scenario::LoadResult validated(Services& services, const std::string& file, const std::vector<std::string>& sets,
                               const Knowledge& knowledge, const scenario::Known& known, Told& told_notes) {
    auto result = scenario::load_with_matrix(file, sets, known);
    if (!result.scenario) return result;
    std::vector<scenario::Diagnostic> notes;
    if (!result.scenario->matrix.empty()) {
        const auto hooks = catalogue_hooks(knowledge, scenario::values_of(file, sets), result.scenario);
        result.diagnostics = scenario::matrix_mistakes(file, sets, hooks);
        if (result.diagnostics.empty()) {
            result.diagnostics = mistakes_of_matrix(file, sets, result.scenario, hooks, services.folders, knowledge);
        }
        notes = scenario::matrix_notes(file, sets, hooks);
    }
    print_notes(services.output, *result.scenario, std::move(notes), told_notes);
    return result;
}

// Formats one file; what was wrong with it, or whether it changed.
struct FormatEnd {
    std::vector<std::string> problems;
    bool changed = false;
};

std::vector<std::string> texts_of(const std::vector<scenario::Diagnostic>& diagnostics) {
    std::vector<std::string> texts;
    for (const auto& one : diagnostics) {
        const bool may_be_told = texts.size() < scenario::kMostDiagnosticsShown;
        texts.push_back(may_be_told ? scenario::to_string(one) : "");
    }
    return texts;
}

FormatEnd format_file(const std::string& file, bool check_only, const Context& context) {
    try {
        const auto text = read_input(file, input_kind::scenario);
        if (const auto why = scenario::why_no_scenario(text, file); !why.empty()) return {texts_of(why)};
        const auto formatted = scenario::format_text(text, file);
        if (!formatted.text) return {texts_of(formatted.diagnostics)};
        if (*formatted.text == text) return {};
        if (!check_only) OutputFile(file).write(*formatted.text, context);
        return {{}, true};
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::usage) throw;
        return {{std::string(error.what()) + (error.hint().empty() ? "" : "\n  " + error.hint())}};
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
    const auto knowledge = read_knowledge(services, CheckoutCheck::Reads::all_files);
    const auto known = known_for_validating(services, knowledge);
    auto& output = services.output;
    std::size_t looked_at = 0;
    std::size_t left_out = 0;
    std::size_t wrong = 0;
    std::size_t mistakes = 0;
    std::size_t warnings = 0;
    Told told_mistakes;
    Told told_warnings;
    Told told_notes;
    for (const auto& file : command.files) {
        if (is_no_scenario(file)) {
            ++left_out;
            continue;
        }
        ++looked_at;
        const auto result = validated(services, file, command.sets, knowledge, known, told_notes);
        warnings += result.warnings.size();
        mistakes += result.diagnostics.size();
        wrong += result.diagnostics.empty() ? 0 : 1;
        output.say_lines(told_warnings.some_of(result.warnings));
        output.say_lines(told_mistakes.some_of(result.diagnostics));
    }
    output.print_lines(told_notes.rest("note"));
    if (const auto not_checked = knowledge.shell->not_checked(); !not_checked.empty()) {
        output.print("note: the shell syntax of scripts was not checked: {}\n", not_checked);
    }
    output.say_lines(told_warnings.rest("warning") + told_mistakes.rest("mistake"));
    if (wrong == 0) {
        const auto more = warnings == 0 ? "" : ", " + count_of(warnings, "warning");
        const auto others =
            left_out == 0 ? "" : fmt::format("; left out: {} of locks and schemas", count_of(left_out, "file"));
        output.print("{}: nothing is wrong{}{}\n", count_of(looked_at, "scenario"), more, others);
        return 0;
    }
    output.say("{}: {} in {}\n", count_of(looked_at, "scenario"), count_of(mistakes, "mistake"),
               count_of(wrong, "file"));
    return 2;
}

int execute(Services& services, const FormatCommand& command) {
    std::size_t changed = 0;
    std::size_t left_out = 0;
    bool broken = false;
    Told told;
    for (const auto& file : command.files) {
        if (is_no_scenario(file)) {
            ++left_out;
            continue;
        }
        const auto end = format_file(file, command.check, services.context());
        if (!end.problems.empty()) {
            services.output.say_lines(told.some_of(end.problems));
            broken = true;
        } else if (end.changed) {
            services.output.print("{}: {}\n", file, command.check ? "is not in its canonical form" : "formatted");
            ++changed;
        }
    }
    services.output.say_lines(told.rest("mistake"));
    if (broken) return 2;
    if (left_out == command.files.size()) {  // else a shell's *.json has named them
        services.output.print("no scenario is among them; left out: {} of locks and schemas\n",
                              count_of(left_out, "file"));
    }
    if (command.check && changed > 0) {
        services.output.say("{} to be formatted: crib fmt FILE...\n", count_of(changed, "file"));
        return 1;
    }
    return 0;
}

}  // namespace crib::cli
