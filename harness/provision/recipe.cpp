#include "harness/provision/recipe.h"

#include "harness/base/error.h"
#include "harness/base/text.h"
#include "harness/provision/recipe_rules.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::provision {
namespace {

namespace fs = std::filesystem;

// Where a profile's step goes: before the first step that it names and the recipe has, else at the end.
std::vector<RecipeStep>::iterator place_of(Recipe& recipe, const RecipeStep& added) {
    for (const auto& id : added.before) {
        const auto found =
            std::find_if(recipe.steps.begin(), recipe.steps.end(), [&](const auto& step) { return step.id == id; });
        if (found != recipe.steps.end()) return found;
    }
    return recipe.steps.end();
}

}  // namespace

Recipe with_profile(Recipe recipe, const Profile& profile) {
    for (const auto& [name, value] : profile.inputs) {
        if (recipe.inputs.count(name) == 0) {
            throw Error(ErrorKind::usage,
                        fmt::format("profile {}: recipe {} has no input {}", profile.name, recipe.name, name));
        }
        recipe.inputs[name].value = value;
        recipe.inputs[name].cases.clear();
    }
    for (const auto& added : profile.steps) {
        const auto next = place_of(recipe, added);
        if (next == recipe.steps.end() && !added.before.empty()) continue;  // this recipe has nothing to wait for it
        if (next != recipe.steps.end()) next->needs.push_back(added.id);
        recipe.steps.insert(next, added);
    }
    for (const auto& [id, needs] : profile.needs) {
        const auto waits = std::find_if(recipe.steps.begin(), recipe.steps.end(),
                                        [&id = id](const auto& step) { return step.id == id; });
        if (waits == recipe.steps.end()) {
            throw Error(ErrorKind::usage,
                        fmt::format("profile {}: recipe {} has no step {}", profile.name, recipe.name, id));
        }
        waits->needs.insert(waits->needs.end(), needs.begin(), needs.end());
    }
    require_sound(recipe, fmt::format("profile {} of recipe {}", profile.name, recipe.name));
    return recipe;
}

Recipe with_swaps(Recipe recipe, const std::vector<std::string>& components) {
    if (components.empty()) return recipe;
    std::vector<std::string> after;  // what ends the recipe
    for (const auto& step : recipe.steps) {
        if (step.stage == recipe.stages.back()) after.push_back(step.id + "@all");
    }
    for (const auto& component : components) {
        const auto found = recipe.swaps.find(component);
        if (found == recipe.swaps.end()) {
            std::vector<std::string> known;
            for (const auto& [name, step] : recipe.swaps) known.push_back(name);
            throw Error(
                ErrorKind::usage,
                fmt::format("recipe {} does not say how to put another {} in its place", recipe.name, component),
                known.empty() ? "set the cluster up with it: --component" : "it can swap " + join(known, ", "));
        }
        auto step = found->second;
        step.needs.insert(step.needs.end(), after.begin(), after.end());
        after.push_back(step.id + "@all");
        recipe.steps.push_back(std::move(step));
    }
    recipe.steps.back().stage = kSwapStage;
    recipe.stages.emplace_back(kSwapStage);
    return recipe;
}

std::vector<std::string> recipes_on_offer(const fs::path& fixtures) {
    std::vector<std::string> names;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(fixtures / "recipes", ignored)) {
        const auto name = entry.path().filename().string();
        const bool has_recipe =
            fs::symlink_status(entry.path() / "recipe.json", ignored).type() != fs::file_type::not_found;
        if (!name.starts_with('.') && entry.is_directory(ignored) && has_recipe) names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace crib::provision
