#include "harness/cli/cell_loader.h"

#include "harness/base/error.h"
#include "harness/cli/known_facts.h"
#include "harness/provision/recipe.h"
#include "harness/scenario/load.h"

#include <fmt/format.h>

namespace crib::cli {

std::vector<std::string> with_components(std::vector<std::string> sets, const std::vector<std::string>& components) {
    for (const auto& component : components) {
        if (component.find('=') == std::string::npos) {
            throw Error(ErrorKind::usage, fmt::format("--component {}: there is no '='", component),
                        "write it as --component cri-o=local:../cri-o");
        }
        sets.push_back("components." + component);
    }
    return sets;
}

engine::Cell load_cell(const Folders& folders, const std::string& file, const std::vector<std::string>& sets) {
    engine::Cell cell;
    cell.scenario = scenario::load_or_throw(file, sets, known_facts(folders));
    cell.recipe = provision::load_recipe(folders.fixtures() / "recipes" / cell.scenario.recipe);
    cell.emulated_profile = provision::load_profile(folders.fixtures() / "profiles" / "emulated-host");
    return cell;
}

}  // namespace crib::cli
