#include "harness/cli/known_facts.h"

#include "harness/base/checkout_source.h"
#include "harness/base/text.h"
#include "harness/check/checker.h"
#include "harness/check/kinds.h"
#include "harness/cli/offered_files.h"
#include "harness/cli/services.h"
#include "harness/component/table.h"
#include "harness/engine/cell_session.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::cli {
namespace {

// What "fails-at", --until, --from and a run's record would take for the step.
std::map<std::string, std::string> names_taken_in(const provision::Recipe& recipe) {
    std::map<std::string, std::string> taken{{"checks", "what follows the last step"},
                                             {provision::kSwapStage, "the stage of a swap"},
                                             {engine::kSettleStep, "a step of a swap"}};
    for (const auto& kind : check::known_kinds()) taken.emplace(kind.name, "a kind of check");
    for (const auto* stage :
         {"prepare", "components", "images", "start", "boot", "restore", "saving", "evidence", "cleanup"}) {
        taken.emplace(stage, "a stage of every run");
    }
    for (const auto& stage : recipe.stages) taken.emplace(stage, "a stage of the recipe");
    for (const auto& [component, step] : recipe.swaps) taken.emplace(step.id, "a step of a swap");
    return taken;
}

scenario::RecipeNames names_in(const provision::Recipe& recipe) {
    scenario::RecipeNames names;
    names.components = recipe.components;
    names.taken = names_taken_in(recipe);
    for (const auto& step : recipe.steps) {
        names.steps.push_back(step.id);
        if (step.nodes == provision::NodeSelector::all) continue;
        const bool is_workers = step.nodes == provision::NodeSelector::workers;
        names.only_on[step.id] = is_workers ? scenario::Role::worker : scenario::Role::control_plane;
    }
    for (const auto& [name, info] : recipe.inputs) names.inputs.push_back(name);
    return names;
}

using Recipes = std::map<std::string, scenario::RecipeNames>;

check::Surroundings surroundings_in(const scenario::Scenario& scenario, const Recipes& recipes) {
    check::Surroundings around;
    if (const auto recipe = recipes.find(scenario.recipe); recipe != recipes.end()) {
        around.components = recipe->second.components;
    }
    for (const auto& node : scenario.nodes) around.nodes.push_back(node.name);
    // One without a name, which is told as such, may be the one that is meant.
    if (std::find(around.nodes.begin(), around.nodes.end(), "") != around.nodes.end()) around.nodes.clear();
    return around;
}

// A checkout says its version only when it is built: what the scenario calls it till then is not what is compared.
bool is_known_when_built(const scenario::Check& check, const scenario::Scenario& scenario, const std::string& param) {
    const auto written = check.written.find(param);
    if (written == check.written.end() || written->second.find("${versions.") == std::string::npos) return false;
    return std::ranges::any_of(scenario.components, [](const auto& entry) { return is_checkout(entry.second); });
}

std::vector<scenario::CheckProblem> problems_with_check(const scenario::Check& given,
                                                        const scenario::Scenario& scenario, const Recipes& recipes) {
    std::vector<scenario::CheckProblem> problems;
    for (const auto& problem : check::problems_with(given.kind, given.params, surroundings_in(scenario, recipes))) {
        if (is_known_when_built(given, scenario, problem.param)) continue;
        problems.push_back({problem.param, problem.message, problem.hint});
    }
    return problems;
}

// Components that the catalogue says nothing of are on offer as they are.
scenario::Resolved resolve(const catalogue::Catalogue& catalogue, const std::vector<std::string>& on_offer,
                           const scenario::WantedVersion& wanted) {
    if (catalogue.knows(wanted.component)) {
        auto found = catalogue.resolve(wanted.component, wanted.written, catalogue::parse_source(wanted.source));
        return {std::move(found.version), std::move(found.problem), std::move(found.hint), found.elsewhere};
    }
    if (std::find(on_offer.begin(), on_offer.end(), wanted.written) != on_offer.end()) return {wanted.written, {}, {}};
    return {{},
            fmt::format("unknown version of {} \"{}\"", wanted.component, wanted.written),
            "on offer: " + join(on_offer, ", ")};
}

bool is_built_from_checkouts(const component::Table& table, const std::string& name) {
    const auto versions = table.versions(name);
    return !versions.empty() && table.row(name, versions.back()).local;
}

}  // namespace

Knowledge read_knowledge(const Folders& folders) {
    Knowledge knowledge;
    auto& known = knowledge.known;
    auto offered = offered_files(folders);
    known.images = offered.image_names;
    known.broken_images = offered.broken_images;
    const component::Table table(folders.fixtures() / "components");
    for (const auto& name : table.names()) {
        known.versions[name] = table.versions(name);
        if (is_built_from_checkouts(table, name)) known.from_checkouts.push_back(name);
    }
    known.recipes = offered.recipe_names;
    known.broken_recipes = offered.broken_recipes;
    knowledge.recipes = std::move(offered.recipes);
    for (const auto& [name, recipe] : knowledge.recipes) known.recipe_names[name] = names_in(recipe);
    known.check_problems = [recipes = known.recipe_names](const scenario::Check& given,
                                                          const scenario::Scenario& scenario) {
        return problems_with_check(given, scenario, recipes);
    };
    known.check_id = [](const std::string& kind, const std::map<std::string, std::string>& params) {
        return check::problems_with(kind, params).empty() ? check::check_id({kind, params}) : kind;
    };
    known.check_meaning = [](const std::string& kind, const std::map<std::string, std::string>& params,
                             const std::map<std::string, std::string>& versions,
                             const std::vector<scenario::Node>& nodes) {
        const auto control_plane = std::ranges::find(nodes, scenario::Role::control_plane, &scenario::Node::role);
        return check::meaning_of(
            kind, params, {versions, control_plane == nodes.end() ? "" : control_plane->name, nodes.size() != 1});
    };
    knowledge.catalogue = std::make_shared<const catalogue::Catalogue>(
        catalogue::Catalogue::read(folders.fixtures() / "catalogue", folders.fixtures() / "components"));
    knowledge.rules = std::make_shared<const catalogue::Legality>(*knowledge.catalogue,
                                                                  folders.fixtures() / "catalogue" / "illegal.json");
    known.resolve_version = [catalogue = knowledge.catalogue,
                             versions = known.versions](const scenario::WantedVersion& wanted) {
        const auto on_offer = versions.find(wanted.component);
        return resolve(*catalogue, on_offer == versions.end() ? std::vector<std::string>{} : on_offer->second, wanted);
    };
    known.schema = std::make_shared<const scenario::Schema>(schema_file(folders));
    return knowledge;
}

Knowledge read_knowledge(Services& services, CheckoutCheck::Reads reads) {
    auto knowledge = read_knowledge(services.folders);
    knowledge.shell = std::make_shared<ShellCheck>(services.runner, services.clock);
    const component::Table table(services.folders.fixtures() / "components");
    const auto checkouts = std::make_shared<CheckoutCheck>(table, reads, services.context());
    knowledge.known.clashes = [shell = knowledge.shell, checkouts](const scenario::Scenario& scenario) {
        auto clashes = checkouts->mistakes_in(scenario);
        const auto of_shell = shell->mistakes_in(scenario);
        clashes.insert(clashes.end(), of_shell.begin(), of_shell.end());
        return clashes;
    };
    return knowledge;
}

scenario::Known known_facts(const Folders& folders) {
    return read_knowledge(folders).known;
}

std::filesystem::path schema_file(const Folders& folders) {
    return folders.source / "scenarios" / "scenario.schema.json";
}

}  // namespace crib::cli
