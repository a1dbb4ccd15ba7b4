#include "harness/report/matrix_grid.h"

#include "harness/base/text.h"
#include "harness/report/junit_xml.h"
#include "harness/report/style.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::report {
namespace {

using events::CellRecord;
using events::MatrixRecord;
using events::Outcome;

// A cell without an outcome was never begun.
const char* element_of(const CellRecord& cell) {
    if (!cell.outcome || cell.outcome == Outcome::skipped) return "skipped";
    if (cell.outcome == Outcome::failed) return "failure";
    return cell.outcome == Outcome::passed ? nullptr : "error";
}

pugi::xml_node add_case(pugi::xml_node suite, const MatrixRecord& record, const std::string& id, Duration took) {
    auto node = suite.append_child("testcase");
    set(node, "classname", record.scenario);
    set(node, "name", id);
    set(node, "time", seconds(took));
    return node;
}

void add_cell(pugi::xml_node suite, const MatrixRecord& record, const CellRecord& cell) {
    auto node = add_case(suite, record, cell.id, cell.took);
    if (const auto* element = element_of(cell)) {
        auto result = node.append_child(element);
        set(result, "message", cell.reason);
        if (cell.outcome) set(result, "type", to_string(*cell.outcome));
    }
    if (cell.run.empty()) return;
    node.append_child("system-out").text().set(clean(fmt::format("run {}\n{}\n", cell.run, cell.folder), true).c_str());
}

void add_counts(pugi::xml_node node, const MatrixRecord& record) {
    std::size_t failures = 0;
    std::size_t errors = 0;
    std::size_t skipped = record.excluded.size();
    for (const auto& cell : record.cells) {
        const std::string_view element = element_of(cell) == nullptr ? "" : element_of(cell);
        failures += element == "failure" ? 1U : 0U;
        errors += element == "error" ? 1U : 0U;
        skipped += element == "skipped" ? 1U : 0U;
    }
    node.append_attribute("tests").set_value(record.cells.size() + record.excluded.size());
    node.append_attribute("failures").set_value(failures);
    node.append_attribute("errors").set_value(errors);
    node.append_attribute("skipped").set_value(skipped);
    set(node, "time", seconds(record.took));
}

}  // namespace

std::string to_junit(const MatrixRecord& record) {
    pugi::xml_document document;
    auto suites = begin_suites(document);
    add_counts(suites, record);
    auto suite = suites.append_child("testsuite");
    set(suite, "name", record.scenario);
    add_counts(suite, record);
    set(suite, "timestamp", to_iso8601(record.began));
    for (const auto& cell : record.cells) add_cell(suite, record, cell);
    for (const auto& cell : record.excluded) {
        auto skipped = add_case(suite, record, cell.id, {}).append_child("skipped");
        set(skipped, "message", "excluded: " + join(cell.reasons, "; "));
    }
    const auto text = matrix_grid(record) + matrix_details(record);
    suite.append_child("system-out").text().set(clean(text, true).c_str());
    return to_text(document);
}

}  // namespace crib::report
