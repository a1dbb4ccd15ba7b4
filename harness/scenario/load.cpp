#include "harness/scenario/load.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/scenario/document.h"
#include "harness/scenario/matrix_check.h"
#include "harness/scenario/overrides.h"
#include "harness/scenario/reader.h"
#include "harness/scenario/scenario_file.h"

#include <fmt/format.h>

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
        document.report(finding.path, "does not fit the schema: " + finding.message,
                        fmt::format("crib explain-field {} says what it may be", shell_quote(key)));
    }
}

Scenario read(Document& document, const fs::path& file, const std::vector<std::string>& sets, const Known& known) {
    for (const auto& set : sets) apply_set(document, set);
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
        return use(read_file(file, kLargestFile));
    } catch (const Error& error) {
        return {std::nullopt, {about_file(file, error.what(), error.hint())}};
    }
}

}  // namespace

const char* to_string(Role role) {
    return role == Role::control_plane ? "control-plane" : "worker";
}

LoadResult load_text(const std::string& text, const fs::path& file, const std::vector<std::string>& sets,
                     const Known& known) {
    Document document(file, text);
    if (!document.is_sound()) return {std::nullopt, document.diagnostics()};
    auto scenario = read(document, file, sets, known);
    if (!document.is_sound()) return {std::nullopt, document.diagnostics()};
    scenario.notes = document.notes();
    return {std::move(scenario), {}};
}

LoadResult load(const fs::path& file, const std::vector<std::string>& sets, const Known& known) {
    return with_text(file, [&](const std::string& text) { return load_text(text, file, sets, known); });
}

LoadResult load_with_matrix(const fs::path& file, const std::vector<std::string>& sets, const Known& known) {
    return with_text(file, [&](const std::string& text) -> LoadResult {
        Document document(file, text);
        if (!document.is_sound()) return {std::nullopt, document.diagnostics()};
        auto scenario = read(document, file, sets, known);
        if (const auto matrix = read_matrix(scenario.matrix); !scenario.matrix.empty() && matrix.problems.empty()) {
            MatrixCheck(document, matrix.matrix, known).look();
        }
        if (!document.is_sound()) return {std::nullopt, document.diagnostics()};
        return {std::move(scenario), {}};
    });
}

Scenario load_or_throw(const fs::path& file, const std::vector<std::string>& sets, const Known& known) {
    auto result = load(file, sets, known);
    if (result.scenario) return std::move(*result.scenario);
    throw Error(ErrorKind::usage, to_string(result.diagnostics));
}

}  // namespace crib::scenario
