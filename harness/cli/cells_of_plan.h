#pragma once
// CellsOfPlan: the scenarios of a matrix's cells, some at a time: all of a large matrix would take gigabytes.

#include "harness/cli/cell_inputs.h"
#include "harness/cli/command_line.h"
#include "harness/cli/matrix_plan.h"
#include "harness/scenario/matrix_load.h"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace crib::cli {

class CellsOfPlan {
public:
    // All but the plan are referred to.
    CellsOfPlan(const Folders& folders, const MatrixCommand& command, const Knowledge& knowledge,
                const MatrixPlan& plan);

    // In the order of the numbers. Of one that is wrong there is no scenario, but for what the matrix expects of it:
    // its own run says why.
    [[nodiscard]] std::vector<scenario::LoadedCell> load(const std::vector<std::size_t>& numbers) const;

    // As CellInputs has them.
    struct Inputs {
        std::string set_up;  // empty: it has no scenario
        std::string whole;   // for the record
    };
    [[nodiscard]] Inputs inputs_of(const scenario::LoadedCell& cell, const Context& context);

    // Of those that passed in the matrix that is resumed: whether they are still the same.
    void add_inputs(events::MatrixRecord& record, const events::MatrixRecord& earlier, const Context& context);

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
