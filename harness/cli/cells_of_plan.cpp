#include "harness/cli/cells_of_plan.h"

#include "harness/base/error.h"
#include "harness/base/plain_path.h"
#include "harness/base/sha256.h"
#include "harness/base/system_error.h"
#include "harness/base/text.h"

#include <string_view>
#include <utility>

namespace crib::cli {

using scenario::LoadedCell;

namespace {

using Digests = std::map<std::string, std::string>;

bool has_others_in_the_folder_of(const std::string& file, const Digests& files) {
    const auto folder = file.substr(0, file.rfind('/') + 1);
    const auto other = files.lower_bound(folder);
    return other != files.end() && other->first.starts_with(folder);
}

// Other ones than before, and new ones where there were some.
std::vector<std::string> changed_files(const Digests& before, const Digests& now) {
    std::vector<std::string> changed;
    for (const auto& [file, digest] : now) {
        const auto found = before.find(file);
        const bool is_known = found != before.end();
        if (is_known ? found->second != digest : has_others_in_the_folder_of(file, before)) changed.push_back(file);
    }
    return changed;
}

}  // namespace

CellsOfPlan::CellsOfPlan(const Folders& folders, const MatrixCommand& command, const Knowledge& knowledge,
                         const MatrixPlan& plan, CellInputs::Planner planner)
    : command_(command),
      knowledge_(knowledge),
      cells_(plan.cells),
      matrix_(plan.matrix),
      inputs_(folders, knowledge, std::move(planner)) {}

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
        return {{}, CellInputs::whole("no scenario " + sha256_hex(join(cell.sets, "\n")), std::nullopt)};
    auto set_up = inputs_.set_up(cell.scenario, context);
    auto whole = CellInputs::whole(set_up.digest, cell.scenario.expect);
    return {std::move(set_up), std::move(whole)};
}

std::vector<CellsOfPlan::Described> CellsOfPlan::describe(const std::vector<std::size_t>& numbers,
                                                          const Context& context) {
    std::vector<Described> described;
    for (auto& cell : load(numbers)) {
        auto inputs = inputs_of(cell, context);
        described.push_back({std::move(cell), std::move(inputs)});
    }
    return described;
}

std::map<std::string, std::string> CellsOfPlan::files_of(const LoadedCell& cell, const Inputs& inputs) {
    Digests files;
    const auto add = [&](const Digests& some) {
        for (const auto& [file, digest] : some) files.emplace(plain_path(absolute_path(file)).string(), digest);
    };
    add(cell.scenario.files);
    for (const auto* build : inputs.set_up.builds) add(build->files);
    return files;
}

engine::ChangedFiles CellsOfPlan::add_inputs(events::MatrixRecord& record, const events::MatrixRecord& earlier,
                                             const Context& context) {
    constexpr std::size_t kAtATime = 100;
    std::map<std::string_view, std::string> passed;  // id to inputs
    for (const auto& cell : earlier.cells) {
        if (cell.outcome == events::Outcome::passed) passed.emplace(cell.id, cell.inputs);
    }
    engine::ChangedFiles changed;
    std::vector<std::size_t> numbers;
    const auto add = [&] {
        if (numbers.empty()) return;
        const auto cells = load(numbers);
        for (std::size_t i = 0; i < cells.size(); ++i) {
            auto& row = record.cells[numbers[i]];
            const auto inputs = inputs_of(cells[i], context);
            row.inputs = inputs.whole;
            auto files = files_of(cells[i], inputs);
            if (passed.at(row.id) != row.inputs) changed[row.id] = changed_files(earlier.files, files);
            record.files.merge(files);
        }
        numbers.clear();
    };
    for (std::size_t i = 0; i < record.cells.size(); ++i) {
        if (passed.contains(record.cells[i].id)) numbers.push_back(i);
        if (numbers.size() == kAtATime) add();
    }
    add();
    return changed;
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
