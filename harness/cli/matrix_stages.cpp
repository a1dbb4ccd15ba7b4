#include "harness/cli/matrix_stages.h"

#include "harness/base/error.h"
#include "harness/component/table.h"
#include "harness/engine/planned_stages.h"
#include "harness/engine/real_stock.h"
#include "harness/provision/recipe.h"

namespace crib::cli {

void add_stages(const Folders& folders, const Knowledge& knowledge, const std::vector<scenario::LoadedCell>& loaded,
                hypervisor::Acceleration acceleration, std::vector<engine::MatrixCell>& cells) {
    if (loaded.size() < 2) return;
    const component::Table table(folders.fixtures() / "components");
    const auto profile = provision::load_profile(folders.fixtures() / "profiles" / "emulated-host");
    for (std::size_t i = 0; i < loaded.size(); ++i) {
        const auto& scenario = loaded[i].scenario;
        const auto recipe = knowledge.recipes.find(scenario.recipe);
        if (recipe == knowledge.recipes.end()) continue;  // of one that could not be loaded
        try {
            const engine::Cell cell{scenario, recipe->second, profile, {}};
            const auto stock = engine::needed_stock(table, folders, scenario);
            cells[i].stages = engine::planned_stages(cell, stock, acceleration);
        } catch (const Error&) {
            continue;
        }
    }
}

}  // namespace crib::cli
