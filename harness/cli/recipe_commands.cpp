// Commands about recipes: what there is, and what one does on a given system. Nothing is started.

#include "harness/base/checkout_source.h"
#include "harness/base/error.h"
#include "harness/base/shown_word.h"
#include "harness/base/text.h"
#include "harness/check/table.h"
#include "harness/cli/commands.h"
#include "harness/cli/offered_files.h"
#include "harness/cli/verdict.h"
#include "harness/provision/releases.h"
#include "harness/provision/render.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::cli {
namespace {

constexpr std::string_view kVersions = "versions.";

// What cannot be set by --set may be meant for another flag, or lack a word.
std::string instead_of(const std::string& path, const std::string& value, const std::vector<std::string>& components) {
    if (path == "os") return "write it as --os " + shown_word(value);
    if (std::ranges::count(components, path) > 0)
        return "write it as --set " + shown_word(fmt::format("{}{}={}", kVersions, path, value));
    if (path.starts_with("components.")) return "where all components are from: --source upstream";
    return "for example --set versions.kubernetes=1.24";
}

// `components`: that the recipe sets up.
std::map<std::string, std::string> versions_of(const std::vector<std::string>& sets,
                                               const std::vector<std::string>& components) {
    std::map<std::string, std::string> versions;
    for (const auto& set : sets) {
        if (!is_valid_utf8(set)) throw Error(ErrorKind::usage, fmt::format("--set {}: is not UTF-8", set));
        const auto refuse = [&](const std::string& why,
                                const std::string& hint = "write it as --set versions.kubernetes=1.24") {
            throw Error(ErrorKind::usage, fmt::format("--set {}: {}", set, why), hint);
        };
        const auto equals = set.find('=');
        if (equals == std::string::npos) refuse("is not PATH=VALUE");
        const auto path = set.substr(0, equals);
        if (!path.starts_with(kVersions)) {
            refuse("only versions can be set here", instead_of(path, set.substr(equals + 1), components));
        }
        if (path.size() == kVersions.size()) refuse("it names no component");
        if (equals + 1 == set.size()) refuse("it gives no version");
        const auto is_new = versions.emplace(path.substr(kVersions.size()), set.substr(equals + 1)).second;
        if (!is_new) refuse(path + " is set twice", "leave one of them out");
    }
    return versions;
}

[[noreturn]] void fail_unknown(const std::string& what, const std::string& name,
                               const std::vector<std::string>& known) {
    const auto meant = nearest(name, known);
    throw Error(ErrorKind::usage, fmt::format("there is no {} \"{}\"", what, name),
                (meant ? fmt::format("did you mean \"{}\"? ", *meant) : "") + "there are: " + join(known, ", "));
}

// The combination as the catalogue's rules look at it. What crib's own gateway serves may be built from checkouts, of
// any version.
catalogue::Cell combination_of(const provision::Recipe& recipe, const provision::RunFacts& facts) {
    catalogue::Cell cell;
    cell.os = facts.nodes.front().os;
    cell.as_programs = recipe.programs;
    for (const auto& component : recipe.components) {
        const auto version = facts.versions.find(component);  // facts have more than the recipe sets up
        if (version == facts.versions.end()) continue;
        cell.versions[component] = version->second;
        cell.sources[component] = facts.source == "upstream" ? "upstream" : CheckoutSource("").text();
    }
    return cell;
}

provision::Recipe find_recipe(const Folders& folders, const std::string& name) {
    const auto known = provision::recipes_on_offer(folders.fixtures());
    if (std::find(known.begin(), known.end(), name) == known.end()) fail_unknown("recipe", name, known);
    return provision::load_recipe(folders.fixtures() / "recipes" / name);
}

}  // namespace

int execute(Services& services, const RecipeListCommand&) {
    std::vector<std::vector<std::string>> rows{{"RECIPE", "TITLE"}};
    const auto offered = offered_files(services.folders);
    for (const auto& name : offered.recipe_names) {
        const auto recipe = offered.recipes.find(name);
        rows.push_back({name, recipe == offered.recipes.end() ? "broken, see below" : recipe->second.title});
    }
    services.output.print_lines(check::format_table(rows));
    services.output.say_lines(told(offered.broken_recipes));
    return offered.broken_recipes.empty() ? 0 : 2;
}

int execute(Services& services, const RecipeShowCommand& command) {
    const auto recipe = find_recipe(services.folders, command.name);
    if (!recipe.systems.contains(command.os)) {
        std::vector<std::string> known;
        for (const auto& [name, facts] : recipe.systems) known.push_back(name);
        fail_unknown("operating system", command.os, known);
    }
    const auto fixtures = services.folders.fixtures();
    const auto known = catalogue::Catalogue::read(fixtures / "catalogue", fixtures / "components");
    const auto facts =
        provision::example_facts(known, {command.os, command.source, versions_of(command.sets, recipe.components)});
    const catalogue::Legality rules(known, fixtures / "catalogue" / "illegal.json");
    const auto combination = combination_of(recipe, facts);
    require_legal(rules, combination, fmt::format("{} on {}", recipe.name, command.os),
                  "choose other versions or another system: crib versions");
    const auto notes = sentences(rules.warnings(combination));
    if (command.format == "script") {
        services.output.print_script(provision::render_script(recipe, facts, notes));
    } else {
        services.output.print_lines(provision::render_tutorial(recipe, facts, notes));
    }
    return 0;
}

}  // namespace crib::cli
