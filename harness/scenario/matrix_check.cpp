#include "harness/scenario/matrix_check.h"

#include "harness/base/glob.h"
#include "harness/scenario/cell_pattern.h"
#include "harness/scenario/overrides.h"
#include "harness/scenario/reader.h"
#include "harness/scenario/value_folders.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::scenario {
namespace {

// In values of the scenario, read once for each value of the matrix and for some of their combinations. With so many
// that more would take seconds, the rest of the mistakes shows when the first ones are gone, or when the cells are
// made.
constexpr std::size_t kMostRead = 300'000;
constexpr std::size_t kReadAnyway = 10;

const std::string kAxes = "$.matrix.axes";

std::string id_of(const Diagnostic& diagnostic) {
    return diagnostic.path + "\n" + diagnostic.message;
}

std::set<std::string> ids_of(const std::vector<Diagnostic>& findings) {
    std::set<std::string> ids;
    for (const auto& found : findings) ids.insert(id_of(found));
    return ids;
}

std::string flag_of(const std::string& path, const std::string& value) {
    return "--set " + path + "=" + value;
}

// What is wrong elsewhere, e.g. where a text refers to the value.
std::string consequence(const Diagnostic& found) {
    return fmt::format("with this, {}: {}", found.path, found.message);
}

}  // namespace

MatrixCheck::MatrixCheck(Document& document, const Matrix& matrix, const Known& known)
    : document_(document), matrix_(matrix), known_(known), bare_(document) {
    known_.schema = nullptr;
    bare_.drop("matrix");
    bare_.forgive([](const Diagnostic&) { return true; });
    own_ = ids_of(try_with({}).findings);
    lasting_ = own_;
}

void MatrixCheck::look() {
    std::vector<std::string> paths;
    for (const auto& axis : matrix_.axes) paths.push_back(axis.path);
    look_at_paths(paths, kAxes);
    for (const auto& axis : matrix_.axes) look_at_axis(axis);
    for (std::size_t i = 0; i < matrix_.include.size(); ++i) look_at_included(i);
    for (std::size_t i = 0; i < matrix_.expect.size(); ++i) look_at_expected(i);
    if (has_read_enough()) {
        document_.note("$.matrix",
                       "too large to look at each of its values here: what is wrong with the rest shows when "
                       "its cells are made");
    }
}

bool MatrixCheck::is_of_every_cell(const Diagnostic& found) const {
    return lasting_.contains(id_of(found));
}

bool MatrixCheck::has_read_enough() const {
    return read_ >= kMostRead;
}

MatrixCheck::Trial MatrixCheck::try_with(const Assignment& values, const Expect* expect) const {
    read_ += bare_.size() + kReadAnyway;
    Document trial = bare_;
    apply_cell(trial, values, matrix_.folders);
    auto place = trial.last_blamed();
    if (expect != nullptr) {
        trial.root()["expect"] = {{"fails-at", expect->fails_at}};
        if (!expect->node.empty()) trial.root()["expect"]["node"] = expect->node;
    }
    (void)read_scenario(trial, known_, document_.file_of("$"));
    trial.forgive([](const Diagnostic& found) { return found.of_combination; });
    return {trial.diagnostics(), std::move(place)};
}

// Cells would differ by their ids, and not by what they are.
void MatrixCheck::look_at_paths(const std::vector<std::string>& paths, const std::string& top) {
    for (const auto& [path, other, is_same] : overlaps_in(bare_.root(), paths)) {
        const auto what = is_same ? fmt::format("is the same value as \"{}\"", other)
                                  : fmt::format("has no effect: \"{}\", which it is in, is set after it", other);
        document_.report(child_path(top, path), what, "keep one of them", Document::At::key);
    }
}

void MatrixCheck::look_at_axis(const Axis& axis) {
    told_.clear();
    for (std::size_t i = 0; i < axis.values.size() && !has_read_enough(); ++i) look_at_value(axis, i);
}

void MatrixCheck::look_at_value(const Axis& axis, std::size_t number) {
    const Assignment values{{axis.path, axis.values[number]}};
    auto [findings, place] = try_with(values);
    if (!lasting_.empty()) {
        const auto ids = ids_of(findings);
        std::erase_if(lasting_, [&](const auto& id) { return !ids.contains(id); });
    }
    std::erase_if(findings,
                  [&](const auto& found) { return own_.contains(id_of(found)) || told_.contains(id_of(found)); });
    keep_lasting(findings, values, nullptr, {});
    for (const auto& found : findings) tell_of_axis(axis, number, found, place);
}

void MatrixCheck::tell_of_axis(const Axis& axis, std::size_t number, const Diagnostic& found,
                               const std::string& place) {
    const auto path = child_path(kAxes, axis.path);
    const auto value = child_path(path, number);
    const bool is_own = found.flag == flag_of(axis.path, axis.values[number]);
    if (found.of_key && (found.path.empty() ? is_own : is_at_or_below(place, found.path))) {
        told_.insert(id_of(found));  // of the axis's path: once for all values
        document_.report(path, found.message, found.hint, Document::At::key);
    } else if (is_own && (found.path.empty() || is_at_or_below(found.path, place))) {
        const auto rest = found.path.empty() ? "" : found.path.substr(place.size());  // what is wrong in a value
        document_.report(value + rest, found.message, found.hint,
                         found.of_key ? Document::At::key : Document::At::value);
    } else {
        document_.report(value, consequence(found), found.hint);
    }
}

void MatrixCheck::look_at_included(std::size_t number) {
    if (has_read_enough()) return;
    const auto path = child_path("$.matrix.include", number);
    const auto& cell = matrix_.include[number];
    std::vector<std::string> paths;
    for (const auto& [name, value] : cell) paths.push_back(name);
    look_at_paths(paths, path);
    for (const auto& found : try_with(cell).findings) {
        if (own_.contains(id_of(found))) continue;
        const auto own = std::ranges::find_if(
            cell, [&](const auto& entry) { return found.flag == flag_of(entry.first, entry.second); });
        if (own == cell.end()) {
            document_.report(path, consequence(found), found.hint);
        } else {
            document_.report(child_path(path, own->first), found.message, found.hint,
                             found.of_key ? Document::At::key : Document::At::value);
        }
    }
}

void MatrixCheck::look_at_expected(std::size_t number) {
    if (has_read_enough()) return;
    const auto& [when, expect] = matrix_.expect[number];
    Assignment values;  // of a cell that it may be of
    for (const auto& [path, patterns] : when) {
        if (const auto choices = choices_of(path, when); !choices.empty()) values.insert(*choices.front().begin());
    }
    auto findings = try_with(values, &expect).findings;
    std::erase_if(findings, [](const auto& found) { return !is_at_or_below(found.path, "$.expect"); });
    keep_lasting(findings, values, &expect, when);
    const auto path = child_path("$.matrix.expect", number);
    for (const auto& found : findings) {
        document_.report(path + found.path.substr(std::string("$.expect").size()), found.message, found.hint);
    }
}

// Each as an assignment of its own: the axis's values and, for an expectation, included cells.
std::vector<Assignment> MatrixCheck::choices_of(const std::string& path, const CellPattern& when) const {
    std::vector<Assignment> choices;
    const auto wanted = when.find(path);
    const auto add = [&](const std::string& value) {
        const bool fits = wanted == when.end() || std::ranges::any_of(wanted->second, [&](const auto& pattern) {
                              return matches_glob(pattern, value);
                          });
        if (fits) choices.push_back({{path, value}});
    };
    for (const auto& axis : matrix_.axes) {
        if (axis.path == path) std::ranges::for_each(axis.values, add);
    }
    for (const auto& cell : matrix_.include) {
        if (const auto found = cell.find(path); found != cell.end() && wanted != when.end()) add(found->second);
    }
    return choices;
}

void MatrixCheck::keep_lasting(Findings& findings, const Assignment& values, const Expect* expect,
                               const CellPattern& when) {
    const auto before = ids_of(findings);
    const auto is_known = [&](const std::string& id) { return before.contains(id) || own_.contains(id); };
    const auto add = [&](const Assignment& more) {
        auto both = more;
        both.insert(values.begin(), values.end());
        if (expect != nullptr) {
            for (const auto& [path, value] : more) both[path] = value;
        }
        const auto ids = ids_of(try_with(both, expect).findings);
        if (!std::ranges::all_of(ids, is_known)) return;  // wrong in another way, which may hide this one
        std::erase_if(findings, [&](const auto& found) { return !ids.contains(id_of(found)); });
    };
    const auto is_done = [&] {
        if (has_read_enough()) findings.clear();
        return findings.empty();
    };
    for (const auto& axis : matrix_.axes) {
        if (is_done()) return;
        if (expect == nullptr && values.contains(axis.path)) continue;
        for (const auto& more : choices_of(axis.path, when)) {
            if (is_done()) return;
            add(more);
        }
    }
    for (const auto& cell : matrix_.include) {
        if (expect == nullptr || is_done()) return;
        if (matches(when, cell)) add(cell);
    }
}

}  // namespace crib::scenario
