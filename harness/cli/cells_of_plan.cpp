#include "harness/cli/cells_of_plan.h"

#include "harness/base/error.h"
#include "harness/base/sha256.h"
#include "harness/base/text.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

namespace crib::cli {

using scenario::LoadedCell;

CellsOfPlan::CellsOfPlan(const Folders& folders, const MatrixCommand& command, const Knowledge& knowledge,
                         const MatrixPlan& plan)
    : command_(command), knowledge_(knowledge), cells_(plan.cells), matrix_(plan.matrix), inputs_(folders, knowledge) {}

std::vector<LoadedCell> CellsOfPlan::load(const std::vector<std::size_t>& numbers) const {
    try {
        return load_all(numbers);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::usage) throw;
    }
    std::vector<LoadedCell> loaded;
    for (const auto number : numbers) loaded.push_back(load_if_sound(number));
    return loaded;
}

CellsOfPlan::Inputs CellsOfPlan::inputs_of(const LoadedCell& cell, const Context& context) {
    if (cell.scenario.nodes.empty())
        return {{}, KeyBuilder().add("no scenario", sha256_hex(join(cell.sets, "\n"))).key()};
    auto set_up = inputs_.set_up(cell.scenario, context);
    auto whole = CellInputs::whole(set_up, cell.scenario.expect);
    return {std::move(set_up), std::move(whole)};
}

void CellsOfPlan::add_inputs(events::MatrixRecord& record, const events::MatrixRecord& earlier,
                             const Context& context) {
    constexpr std::size_t kAtATime = 100;
    std::set<std::string_view> passed;
    for (const auto& cell : earlier.cells) {
        if (cell.outcome == events::Outcome::passed) passed.insert(cell.id);
    }
    std::vector<std::size_t> numbers;
    const auto add = [&] {
        if (numbers.empty()) return;
        const auto cells = load(numbers);
        for (std::size_t i = 0; i < cells.size(); ++i) {
            record.cells[numbers[i]].inputs = inputs_of(cells[i], context).whole;
        }
        numbers.clear();
    };
    for (std::size_t i = 0; i < record.cells.size(); ++i) {
        if (passed.contains(record.cells[i].id)) numbers.push_back(i);
        if (numbers.size() == kAtATime) add();
    }
    add();
}

std::vector<LoadedCell> CellsOfPlan::load_all(const std::vector<std::size_t>& numbers) const {
    return scenario::load_cells_or_throw(command_.file, command_.sets, cells_.select(numbers), matrix_,
                                         knowledge_.known);
}

LoadedCell CellsOfPlan::load_if_sound(std::size_t number) const {
    try {
        return std::move(load_all({number}).front());
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::usage) throw;
    }
    LoadedCell cell{cells_.id(number), cells_.assignment(number), command_.sets, {}};
    for (auto& set : scenario::lasting_sets_of(cell.assignment, matrix_)) cell.sets.push_back(std::move(set));
    if (const auto* expected = scenario::expected_of(matrix_, cell.assignment)) cell.scenario.expect = *expected;
    return cell;
}

}  // namespace crib::cli
