#include "harness/cli/matrix_inputs.h"

#include "harness/base/error.h"
#include "harness/cli/matrix_hooks.h"
#include "harness/cli/rehearsal.h"
#include "harness/scenario/matrix_load.h"

#include <unistd.h>

#include <array>
#include <filesystem>

namespace crib::cli {

std::string host_name() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

PlanInputs matrix_inputs(const Folders& folders, const Knowledge& knowledge, const std::string& file,
                         const std::vector<std::string>& sets, const engine::MatrixHistory& history) {
    scenario::require_sound_cells(file, sets, knowledge.known);
    scenario::refuse_sets_of_axes(file, sets);
    const auto values = scenario::values_of(file, sets);
    const auto named = values.find("name");
    const auto name = named == values.end() ? std::filesystem::path(file).stem().string() : named->second;
    PlanInputs inputs{name, scenario::load_matrix_or_throw(file, sets), {}, history, host_name(), {}};
    const auto scenario = scenario::load(file, sets, knowledge.known).scenario;
    inputs.hooks = catalogue_hooks(knowledge, values, scenario);
    const auto mistakes = mistakes_of_matrix(file, sets, scenario, inputs.hooks, folders, knowledge);
    if (!mistakes.empty()) throw Error(ErrorKind::usage, to_string(mistakes));
    return inputs;
}

}  // namespace crib::cli
