#include "harness/cli/cell_loader.h"

#include "harness/cli/known_facts.h"
#include "harness/provision/recipe.h"
#include "harness/scenario/load.h"

namespace crib::cli {

engine::Cell load_cell(const Folders& folders, const std::string& file, const std::vector<std::string>& sets) {
    engine::Cell cell;
    cell.scenario = scenario::load_or_throw(file, sets, known_facts(folders));
    cell.recipe = provision::load_recipe(folders.fixtures() / "recipes" / cell.scenario.recipe);
    cell.emulated_profile = provision::load_profile(folders.fixtures() / "profiles" / "emulated-host");
    return cell;
}

}  // namespace crib::cli
