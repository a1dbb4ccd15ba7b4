#include "harness/scenario/matrix_load.h"

#include "harness/base/error.h"
#include "harness/base/input_file.h"
#include "harness/base/printable.h"
#include "harness/base/sha256.h"
#include "harness/base/short_words.h"
#include "harness/base/shown_word.h"
#include "harness/base/text.h"
#include "harness/scenario/blame.h"
#include "harness/scenario/cell_reader.h"
#include "harness/scenario/document.h"
#include "harness/scenario/effect.h"
#include "harness/scenario/matrix.h"
#include "harness/scenario/matrix_check.h"
#include "harness/scenario/overrides.h"
#include "harness/scenario/own_file.h"
#include "harness/scenario/reader.h"
#include "harness/scenario/scenario_file.h"
#include "harness/scenario/set_paths.h"
#include "harness/scenario/value_folders.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ranges>
#include <unordered_map>

namespace crib::scenario {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kCellsToName = 3;

// "debian-12,1.34.10 and 5 more cells"
std::string names_of(const std::vector<std::string>& ids) {
    const std::vector<std::string> first(ids.begin(),
                                         ids.begin() + std::min<std::ptrdiff_t>(std::ssize(ids), kCellsToName));
    const auto more = ids.size() - first.size();
    return printable(join(first, " and ")) + (more == 0 ? "" : fmt::format(" and {} more cells", more));
}

// What is wrong, each thing once, with the cells that have it.
class Mistakes {
public:
    void add(const std::string& id, const std::vector<std::string>& own, Diagnostic diagnostic) {
        bool of_cell = false;
        for (const auto& set : own) {
            if (diagnostic.flag != "--set " + set) continue;
            diagnostic.flag = fmt::format("{}: {}", diagnostic.file, set);  // nobody typed a flag
            of_cell = true;
        }
        const auto [number, is_new] = numbers_.emplace(to_string(diagnostic), all_.size());
        if (is_new) all_.push_back({std::move(diagnostic), of_cell, {}});
        all_[number->second].cells.push_back(id);
    }

    // `cells`: how many were looked at.
    [[nodiscard]] std::vector<Diagnostic> diagnostics(std::size_t cells) const {
        std::vector<Diagnostic> diagnostics;
        for (const auto& mistake : all_) {
            diagnostics.push_back(mistake.diagnostic);
            if (is_of_all(mistake, cells)) continue;
            auto& hint = diagnostics.back().hint;
            hint += (hint.empty() ? "in cell " : "; in cell ") + names_of(mistake.cells);
        }
        return diagnostics;
    }

    void throw_if_any(std::size_t cells) const {
        constexpr std::size_t kMostShown = 50;
        std::vector<std::string> texts;
        for (const auto& mistake : all_ | std::views::take(kMostShown)) {
            const auto text = to_string(mistake.diagnostic);
            texts.push_back(
                is_of_all(mistake, cells) ? text : fmt::format("{}\n    in cell {}", text, names_of(mistake.cells)));
        }
        if (all_.size() > kMostShown) texts.push_back(fmt::format("and {} more", all_.size() - kMostShown));
        if (!texts.empty()) throw Error(ErrorKind::usage, join(texts, "\n"));
    }

private:
    struct Mistake {
        Diagnostic diagnostic;
        bool of_cell = false;
        std::vector<std::string> cells;
    };

    static bool is_of_all(const Mistake& mistake, std::size_t cells) {
        return mistake.cells.size() == cells && !mistake.of_cell;
    }

    std::vector<Mistake> all_;
    std::unordered_map<std::string, std::size_t> numbers_;  // by their texts
};

// The parameter that the path sets, if nothing in the scenario refers to it.
std::optional<std::string> unused_parameter(const nlohmann::json& scenario, std::string_view path) {
    constexpr std::string_view parameters = "parameters.";
    if (!path.starts_with(parameters)) return std::nullopt;
    path.remove_prefix(parameters.size());
    const std::string name(path.substr(0, path.find('.')));
    const auto text = scenario.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    if (text.find(fmt::format("${{parameters.{}}}", name)) != std::string::npos) return std::nullopt;
    return name;
}

// Cells that come to the same scenario: values of an axis that mean the same, or that have no effect in them.
class Twins {
public:
    void add(std::size_t cell, const std::string& effect) {
        const auto [first, is_new] = first_.emplace(sha256_hex(effect), cell);
        if (!is_new) twins_.emplace_back(first->second, cell);
    }

    void report(Document& document, const Cells& cells) const {
        if (twins_.empty()) return;
        const auto [one, other] = twins_.front();
        const auto paths = differences(cells, one, other);
        const auto more = twins_.size() - 1;
        const auto same = fmt::format("the cells {} and {} are the same scenario{}", cells.id(one), cells.id(other),
                                      more == 0 ? "" : fmt::format(", and so are {} more", more));
        if (report_unused(document, paths, same)) return;
        document.report(
            "$.matrix", same,
            fmt::format("they differ in {} alone: the values mean the same, are words for people, or another axis sets "
                        "what they set; keep one of them",
                        join(paths, " and ")));
    }

private:
    // Was there a parameter without a use?
    static bool report_unused(Document& document, const std::vector<std::string>& paths, const std::string& same) {
        bool is_any = false;
        for (const auto& path : paths) {
            const auto name = unused_parameter(document.root(), path);
            if (!name) continue;
            is_any = true;
            const auto axis = child_path("$.matrix.axes", path);
            document.report(
                document.has(axis) ? axis : "$.matrix",
                fmt::format("nothing uses the parameter \"{}\": {}", *name, same),
                fmt::format("write ${{parameters.{}}} where its value is meant to go, or take \"{}\" out of the matrix",
                            *name, path));
        }
        return is_any;
    }

    static std::vector<std::string> differences(const Cells& cells, std::size_t one, std::size_t other) {
        std::vector<std::string> paths;
        for (std::size_t i = 0; i < cells.columns().size(); ++i) {
            if (cells.at(one, i) != cells.at(other, i)) paths.push_back(cells.columns()[i].path);
        }
        return paths;
    }

    std::unordered_map<std::string, std::size_t> first_;  // by what a scenario does, the first cell
    std::vector<std::pair<std::size_t, std::size_t>> twins_;
};

void collect(const nlohmann::json& value, const std::string& path, Assignment& values) {
    if (value.is_object()) {
        for (const auto& [key, member] : value.items()) collect(member, path.empty() ? key : path + "." + key, values);
    } else if (value.is_string()) {
        values[path] = value.get<std::string>();
    } else if (value.is_primitive() && !value.is_null()) {
        values[path] = value.dump();
    }
}

void report_idle_expectations(Document& document, const Matrix& resolved) {
    for (const auto number : idle_expectations(resolved)) {
        const auto path = child_path("$.matrix.expect", number);
        document.report(child_path(path, "when"), "matches no cell: nothing is expected to fail here");
    }
}

// load() knows best what can be wrong with a file that cannot be read at all.
std::string text_of(const fs::path& file, const std::vector<std::string>& sets) {
    if (problem_with_file(file)) (void)load_or_throw(file, sets, {});
    auto text = read_input(file, input_kind::scenario);
    if (problem_with_own_file(text)) (void)load_or_throw(file, sets, {});
    return text;
}

void throw_unless_sound(const Document& document) {
    if (!document.is_sound()) throw Error(ErrorKind::usage, to_string(document.diagnostics()));
}

// Its sets are applied; what is wrong with them is told in it.
Document document_with(const std::string& text, const fs::path& file, const std::vector<std::string>& sets) {
    Document document(file, text);
    if (document.is_sound()) {
        for (const auto& set : sets) apply_set(document, set);
    }
    return document;
}

Document changed_document(const std::string& text, const fs::path& file, const std::vector<std::string>& sets) {
    auto document = document_with(text, file, sets);
    throw_unless_sound(document);
    return document;
}

// What is wrong with it is told in the document.
Matrix read_matrix_of(Document& document) {
    Matrix matrix;
    if (!document.root().contains("matrix")) {
        document.report("$", "this scenario has no matrix",
                        R"(for example "matrix": {"axes": {"os": ["debian-12", "debian-13"]}}, or: crib run FILE)");
    } else {
        auto read = read_matrix(document.in_written_order("$.matrix", document.root()["matrix"]));
        for (const auto& problem : read.problems) document.report(problem.path, problem.message, problem.hint);
        matrix = std::move(read.matrix);
        if (read.problems.empty()) add_folders(matrix, document);
    }
    return matrix;
}

Matrix matrix_of(Document& document) {
    auto matrix = read_matrix_of(document);
    throw_unless_sound(document);
    return matrix;
}

// As of require_sound_cells().
std::vector<Diagnostic> mistakes_of_cells(const std::string& text, const fs::path& file,
                                          const std::vector<std::string>& sets, const Known& known) {
    auto document = document_with(text, file, sets);
    if (!document.is_sound()) return document.diagnostics();
    const auto matrix = read_matrix_of(document);
    if (!document.is_sound()) return document.diagnostics();
    (void)read_scenario(document, known, file);
    MatrixCheck check(document, matrix, known);
    check.look();
    document.forgive([&](const Diagnostic& found) {
        return !is_at_or_below(found.path, "$.matrix") && !check.is_of_every_cell(found);
    });
    return document.diagnostics();
}

// Which --only runs the cells that a --set of the axis is to stand for.
std::string only_instead(const Axis& axis, const std::string& value) {
    const auto only = [&](const std::string& one) { return "--only " + shown_word(axis.path + "=" + one); };
    if (std::ranges::count(axis.values, value) > 0) return "to run those cells alone: " + only(value);
    return fmt::format("its values are {}; to run the cells of one of them: {}", some_of(axis.values),
                       only(axis.values.front()));
}

}  // namespace

Assignment values_of(const fs::path& file, const std::vector<std::string>& sets) {
    auto document = changed_document(text_of(file, sets), file, sets);
    Assignment values;
    collect(document.root(), "", values);
    return values;
}

Matrix matrix_of_text(const std::string& text, const fs::path& file, const std::vector<std::string>& sets) {
    auto document = changed_document(text, file, sets);
    return matrix_of(document);
}

void require_sound_cells(const fs::path& file, const std::vector<std::string>& sets, const Known& known) {
    const auto text = text_of(file, sets);
    auto found = mistakes_of_cells(text, file, sets, known);
    if (found.empty()) return;
    blame_sets(found, sets, [&](const auto& some) { return mistakes_of_cells(text, file, some, known); });
    throw Error(ErrorKind::usage, to_string(found));
}

void refuse_sets_of_axes(const fs::path& file, const std::vector<std::string>& sets) {
    if (sets.empty()) return;
    auto document = changed_document(text_of(file, sets), file, sets);
    const auto matrix = matrix_of(document);
    for (const auto& set : sets) {
        const auto equals = set.find('=');
        for (const auto& axis : matrix.axes) {
            const auto lacks_it = [&](const Assignment& included) { return !included.contains(axis.path); };
            if (axis.values.empty() || std::ranges::any_of(matrix.include, lacks_it)) continue;
            if (!is_taken_away(document.root(), set.substr(0, equals), axis.path)) continue;
            document.report_set(set, fmt::format("each cell of the matrix has a value of its own for {}", axis.path),
                                only_instead(axis, set.substr(equals + 1)));
            break;
        }
    }
    throw_unless_sound(document);
}

std::vector<Diagnostic> matrix_mistakes(const fs::path& file, const std::vector<std::string>& sets,
                                        const ExpandHooks& hooks) {
    auto document = changed_document(text_of(file, sets), file, sets);
    std::vector<std::string> merged;
    const auto matrix = resolved(matrix_of(document), hooks, merged);
    if (const auto problem = problem_with_size(matrix)) {
        const bool is_limited = document.has("$.matrix.limit");
        document.report(is_limited ? "$.matrix.limit" : "$.matrix.axes", problem->message, problem->hint);
    } else if (has_cell(matrix, hooks) == false) {
        const bool is_excluded = document.has("$.matrix.exclude");
        document.report(is_excluded ? "$.matrix.exclude" : "$.matrix", "every cell is excluded",
                        "crib matrix FILE --list says why");
    }
    report_idle_expectations(document, matrix);
    return document.diagnostics();
}

std::vector<Diagnostic> cell_mistakes(const fs::path& file, const std::vector<std::string>& sets,
                                      const ExpandHooks& hooks, const Known& known) {
    // In values, of all cells that are read here: a fraction of a second.
    constexpr std::size_t kMostRead = 60'000;
    constexpr std::size_t kReadAnyway = 10;
    auto document = changed_document(text_of(file, sets), file, sets);
    std::vector<std::string> merged;
    const auto matrix = resolved(matrix_of(document), hooks, merged);
    report_idle_expectations(document, matrix);
    if (!document.is_sound()) return document.diagnostics();
    const CellReader reader(document, matrix.folders, known);
    const auto cells = some_cells(matrix, hooks, 1 + kMostRead / (reader.size() + kReadAnyway));
    Mistakes mistakes;
    Twins twins;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const auto id = cells.id(i);
        const auto assignment = cells.assignment(i);
        auto result = reader.read(assignment);
        for (auto& diagnostic : result.diagnostics) mistakes.add(id, sets_of(assignment), std::move(diagnostic));
        if (result.scenario) twins.add(i, effect_of(*result.scenario, known));
    }
    if (auto found = mistakes.diagnostics(cells.size()); !found.empty()) return found;
    twins.report(document, cells);
    return document.diagnostics();
}

std::vector<Diagnostic> placed(const fs::path& file, const std::vector<std::string>& sets,
                               const std::vector<Clash>& clashes) {
    auto document = changed_document(text_of(file, sets), file, sets);
    for (const auto& clash : clashes) document.report(clash.path, clash.reason, clash.hint);
    return document.diagnostics();
}

std::vector<Diagnostic> matrix_notes(const fs::path& file, const std::vector<std::string>& sets,
                                     const ExpandHooks& hooks) {
    auto document = changed_document(text_of(file, sets), file, sets);
    std::vector<std::string> merged;
    const auto matrix = resolved(matrix_of(document), hooks, merged);
    for (const auto& note : merged) document.report("$.matrix.axes", note);
    for (const auto number : idle_exclusions(matrix)) {
        document.report(child_path("$.matrix.exclude", number), "matches no cell");
    }
    return document.diagnostics();
}

std::vector<std::string> lasting_sets_of(const Assignment& cell, const Matrix& matrix) {
    auto sets = sets_of(cell);
    for (auto& set : sets) {
        const auto folder = matrix.folders.find(set);
        if (folder != matrix.folders.end()) set = with_absolute_paths({set}, folder->second).front();
    }
    return sets;
}

Matrix load_matrix_or_throw(const fs::path& file, const std::vector<std::string>& sets) {
    return matrix_of_text(text_of(file, sets), file, sets);
}

std::vector<LoadedCell> load_cells_or_throw(const fs::path& file, const std::vector<std::string>& sets,
                                            const Cells& cells, const Matrix& resolved, const Known& known) {
    const auto document = changed_document(read_input(file, input_kind::scenario), file, sets);
    const CellReader reader(document, resolved.folders, known);
    std::vector<LoadedCell> loaded;
    Mistakes mistakes;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        LoadedCell cell{cells.id(i), cells.assignment(i), sets, {}};
        auto result = reader.read(cell.assignment);
        for (auto& diagnostic : result.diagnostics) {
            mistakes.add(cell.id, sets_of(cell.assignment), std::move(diagnostic));
        }
        if (!result.scenario) continue;
        cell.scenario = std::move(*result.scenario);
        const auto own = with_found_paths(lasting_sets_of(cell.assignment, resolved), cell.scenario);
        cell.sets.insert(cell.sets.end(), own.begin(), own.end());
        if (const auto* expected = expected_of(resolved, cell.assignment)) cell.scenario.expect = *expected;
        loaded.push_back(std::move(cell));
    }
    mistakes.throw_if_any(cells.size());
    return loaded;
}

}  // namespace crib::scenario
