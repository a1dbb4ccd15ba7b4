#pragma once
// CellsOfPlan: the scenarios of a matrix's cells, some at a time: all of a large matrix would take gigabytes.

#include "harness/cli/cell_inputs.h"
#include "harness/cli/command_line.h"
#include "harness/cli/matrix_plan.h"
#include "harness/engine/matrix_run.h"
#include "harness/scenario/matrix_load.h"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace crib::cli {

class CellsOfPlan {
public:
    // Folders, command and knowledge are referred to.
    CellsOfPlan(const Folders& folders, const MatrixCommand& command, const Knowledge& knowledge,
                const MatrixPlan& plan, CellInputs::Planner planner = engine::planned_set_up);

    // In the order of the numbers. Of one that is wrong there is no scenario, but for what the matrix expects of it:
    // its own run says why.
    [[nodiscard]] std::vector<scenario::LoadedCell> load(const std::vector<std::size_t>& numbers) const;

    // As CellInputs has them.
    struct Inputs {
        CellInputs::SetUp set_up;  // without a digest: it has no scenario
        std::string whole;         // for the record
    };
    [[nodiscard]] Inputs inputs_of(const scenario::LoadedCell& cell, const Context& context);

    struct Described {
        scenario::LoadedCell cell;
        Inputs inputs;
    };
    // All that is to be known of cells before they begin: each is loaded once and planned once.
    [[nodiscard]] std::vector<Described> describe(const std::vector<std::size_t>& numbers, const Context& context);

    // That the cell is made of, by absolute paths, to their SHA-256: for the record.
    [[nodiscard]] static std::map<std::string, std::string> files_of(const scenario::LoadedCell& cell,
                                                                     const Inputs& inputs);

    // Of those that passed in the matrix that is resumed: whether they are still the same, and if not, what has changed
    // since as far as that record knows it.
    [[nodiscard]] engine::ChangedFiles add_inputs(events::MatrixRecord& record, const events::MatrixRecord& earlier,
                                                  const Context& context);

    // As of CellInputs; while no inputs are read, also from several threads.
    [[nodiscard]] std::optional<std::string> changed_checkout(const std::map<std::string, std::string>& components,
                                                              const Context& context) const {
        return inputs_.changed_checkout(components, context);
    }

private:
    [[nodiscard]] std::vector<scenario::LoadedCell> load_all(const std::vector<std::size_t>& numbers) const;
    [[nodiscard]] scenario::LoadedCell load_if_sound(std::size_t number) const;

    const MatrixCommand& command_;
    const Knowledge& knowledge_;
    scenario::Cells cells_;
    scenario::Matrix matrix_;
    CellInputs inputs_;
};

}  // namespace crib::cli
