#include "harness/scenario/load.h"

#include "harness/base/error.h"
#include "harness/base/shown_word.h"
#include "harness/base/text.h"
#include "harness/scenario/blame.h"
#include "harness/scenario/document.h"
#include "harness/scenario/matrix_check.h"
#include "harness/scenario/overrides.h"
#include "harness/scenario/own_file.h"
#include "harness/scenario/positions.h"
#include "harness/scenario/reader.h"
#include "harness/scenario/scenario_file.h"
#include "harness/scenario/value_folders.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace crib::scenario {
namespace {

namespace fs = std::filesystem;

Diagnostic about_file(const fs::path& file, const std::string& message, const std::string& hint = {}) {
    return {file.string(), 0, 0, {}, {}, message, hint};
}

// Only where the reader has found nothing: one mistake is told once, and the reader's words are better.
void check_against(const Schema& schema, Document& document) {
    for (const auto& finding : schema.findings(document.root().dump())) {
        if (document.comes_from_flag(finding.path)) continue;  // a flag's text of digits looks like a number
        const auto key = finding.path.size() > 2 ? finding.path.substr(2) : "";
        const bool is_of_another_type = finding.message.starts_with("Value type not permitted");  // valijson's words
        document.report(
            finding.path,
            is_of_another_type ? "is of another type than it must be" : "does not fit the schema: " + finding.message,
            fmt::format("crib explain-field {} says what it may be", shown_word(key)));
    }
}

Scenario read(Document& document, const fs::path& file, const Known& known) {
    auto scenario = read_scenario(document, known, file);
    if (document.is_sound() && known.schema) check_against(*known.schema, document);
    return scenario;
}

// Of a file that may be none.
template <typename Use>
LoadResult with_text(const fs::path& file, Use use) {
    if (const auto problem = problem_with_file(file)) {
        return {std::nullopt, {about_file(file, problem->message, problem->hint)}};
    }
    try {
        const auto text = read_input(file, input_kind::scenario);
        if (const auto problem = problem_with_own_file(text)) {
            return {std::nullopt, {about_file(file, problem->message, problem->hint)}};
        }
        return use(text);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::usage) throw;  // of the machine
        return {std::nullopt, {about_file(file, error.what(), error.hint())}};
    }
}

// Where the node stands in the file; its machines may be many.
std::string path_of_node(Document& document, const Scenario& scenario, const std::string& name) {
    const auto node =
        std::find_if(scenario.nodes.begin(), scenario.nodes.end(), [&](const Node& one) { return one.name == name; });
    if (node == scenario.nodes.end()) return {};
    const auto& nodes = document.root()["nodes"];
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const auto written = nodes[i].value("name", "");
        if (written == node->group || written == node->name) return child_path("$.nodes", i);
    }
    return {};
}

// The node's own value where it has one, else the scenario's.
std::string place_of(Document& document, const Scenario& scenario, const Clash& clash) {
    constexpr std::string_view kVersions = "versions.";
    const auto below = [&](const std::string& path) {
        if (!clash.about.starts_with(kVersions)) return clash.about.empty() ? path : child_path(path, clash.about);
        return child_path(child_path(path, "versions"), clash.about.substr(kVersions.size()));
    };
    if (!clash.path.empty()) {
        const auto line = clash.line == 0 ? clash.path : child_path(clash.path, clash.line - 1);
        return document.has(line) ? line : clash.path;
    }
    const auto node = path_of_node(document, scenario, clash.node);
    if (node.empty()) return below("$");
    const bool is_of_nodes = clash.about != "os" && !clash.about.starts_with(kVersions);
    return is_of_nodes || document.has(below(node)) ? below(node) : below("$");
}

// Refusals are reported; the rest is returned.
std::vector<Diagnostic> look_for_clashes(Document& document, const Scenario& scenario, const Known& known) {
    std::vector<Diagnostic> warnings;
    for (const auto& clash : known.clashes(scenario)) {
        const auto path = place_of(document, scenario, clash);
        if (clash.refused) {
            document.report(path, clash.reason, clash.hint);
        } else {
            warnings.push_back(document.diagnostic(path, "warning: " + clash.reason, clash.hint));
        }
    }
    return warnings;
}

LoadResult finish(Document& document, Scenario scenario, const Known& known) {
    std::vector<Diagnostic> warnings;
    if (document.is_sound() && known.clashes) warnings = look_for_clashes(document, scenario, known);
    if (!document.is_sound()) return {std::nullopt, document.diagnostics()};
    scenario.notes = document.notes();
    scenario.files = document.files();
    return {std::move(scenario), {}, std::move(warnings)};
}

using Sets = std::vector<std::string>;

// What is wrong with the file only since a flag has changed another value of it is the flag's mistake.
LoadResult with_blame(const Sets& sets, const std::function<LoadResult(const Sets&)>& load_with) {
    auto result = load_with(sets);
    blame_sets(result.diagnostics, sets, [&](const Sets& some) { return load_with(some).diagnostics; });
    return result;
}

}  // namespace

const char* to_string(Role role) {
    return role == Role::control_plane ? "control-plane" : "worker";
}

LoadResult load_text(const std::string& text, const fs::path& file, const std::vector<std::string>& sets,
                     const Known& known) {
    Document document(file, text);
    if (!document.is_sound()) return {std::nullopt, document.diagnostics()};
    for (const auto& set : sets) apply_set(document, set);
    return read_document(document, file, known);
}

LoadResult read_document(Document& document, const fs::path& file, const Known& known) {
    auto scenario = read(document, file, known);
    return finish(document, std::move(scenario), known);
}

LoadResult load(const fs::path& file, const std::vector<std::string>& sets, const Known& known) {
    return with_text(file, [&](const std::string& text) {
        return with_blame(sets, [&](const Sets& some) { return load_text(text, file, some, known); });
    });
}

LoadResult load_with_matrix(const fs::path& file, const std::vector<std::string>& sets, const Known& known) {
    const auto load_it = [&](const std::string& text, const Sets& some) -> LoadResult {
        Document document(file, text);
        if (!document.is_sound()) return {std::nullopt, document.diagnostics()};
        for (const auto& set : some) apply_set(document, set);
        auto scenario = read(document, file, known);
        if (auto matrix = read_matrix(scenario.matrix); !scenario.matrix.empty() && matrix.problems.empty()) {
            add_folders(matrix.matrix, document);
            MatrixCheck(document, matrix.matrix, known).look();
        }
        return finish(document, std::move(scenario), known);
    };
    return with_text(file, [&](const std::string& text) {
        return with_blame(sets, [&](const Sets& some) { return load_it(text, some); });
    });
}

Scenario load_or_throw(const fs::path& file, const std::vector<std::string>& sets, const Known& known) {
    auto result = load(file, sets, known);
    if (result.scenario) return std::move(*result.scenario);
    throw Error(ErrorKind::usage, to_string(result.diagnostics));
}

}  // namespace crib::scenario
