#include "harness/provision/recipe_rules.h"

#include "harness/base/error.h"
#include "harness/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace crib::provision {
namespace {

namespace fs = std::filesystem;

std::string need_id(const std::string& need) {
    return need.substr(0, need.find('@'));
}

bool has_step(const Recipe& recipe, const std::string& id) {
    return std::any_of(recipe.steps.begin(), recipe.steps.end(), [&](const auto& step) { return step.id == id; });
}

// What a script is given must be there to be given.
template <typename Report>
void require_given(const Recipe& recipe, const std::vector<std::string>& inputs, const std::vector<std::string>& files,
                   const Report& report) {
    for (const auto& input : inputs) {
        if (recipe.inputs.count(input) + recipe.outputs.count(input) == 0) report("nothing gives its input " + input);
    }
    for (const auto& file : files) {
        if (recipe.files.count(file) == 0) report("its file " + file + " is not declared");
    }
}

std::vector<std::string> problems_with_step(const Recipe& recipe, const RecipeStep& step) {
    std::vector<std::string> problems;
    const auto report = [&](const std::string& what) { problems.push_back(fmt::format("step {}: {}", step.id, what)); };
    for (const auto& need : step.needs) {
        if (!has_step(recipe, need_id(need))) report(fmt::format("needs the unknown step \"{}\"", need));
    }
    require_given(recipe, step.inputs, step.files, report);
    for (const auto& variant : step.variants) {
        require_given(recipe, variant.script.inputs, variant.script.files, report);
    }
    for (const auto& output : step.outputs) {
        if (recipe.outputs.count(output) == 0) report("its output " + output + " is not declared");
    }
    const auto& stages = recipe.stages;
    if (!step.stage.empty() && std::find(stages.begin(), stages.end(), step.stage) == stages.end()) {
        report(fmt::format("ends the unknown stage \"{}\"", step.stage));
    }
    if (step.timeout_seconds == 0) report("its timeout is zero");
    return problems;
}

}  // namespace

void require_sound(const Recipe& recipe, const fs::path& file) {
    std::vector<std::string> problems;
    std::set<std::string> ids;
    for (const auto& step : recipe.steps) {
        if (!ids.insert(step.id).second) problems.push_back(fmt::format("two steps are called {}", step.id));
        const auto found = problems_with_step(recipe, step);
        problems.insert(problems.end(), found.begin(), found.end());
    }
    for (const auto& program : recipe.programs) {
        const auto& components = recipe.components;
        if (std::find(components.begin(), components.end(), program) == components.end()) {
            problems.push_back(fmt::format("installs {} as programs, which is none of its components", program));
        }
    }
    for (const auto& [component, step] : recipe.swaps) {
        const auto& components = recipe.components;
        if (std::find(components.begin(), components.end(), component) == components.end()) {
            problems.push_back(fmt::format("swaps {}, which is none of its components", component));
        }
        const auto found = problems_with_step(recipe, step);
        problems.insert(problems.end(), found.begin(), found.end());
    }
    for (const auto& stage : recipe.checkpoints) {
        if (std::find(recipe.stages.begin(), recipe.stages.end(), stage) == recipe.stages.end()) {
            problems.push_back(fmt::format("saves a checkpoint at the unknown stage \"{}\"", stage));
        }
    }
    if (!recipe.pods_run_after.empty() &&
        std::find(recipe.stages.begin(), recipe.stages.end(), recipe.pods_run_after) == recipe.stages.end()) {
        problems.push_back(fmt::format("pods run after the unknown stage \"{}\"", recipe.pods_run_after));
    }
    if (!problems.empty()) {
        throw Error(ErrorKind::usage, fmt::format("{}: {}", file.string(), join(problems, "; ")),
                    "mend the file: what a step names must stand in it, too");
    }
}

}  // namespace crib::provision
