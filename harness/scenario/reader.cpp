#include "harness/scenario/reader.h"

#include "harness/scenario/limits.h"
#include "harness/scenario/matrix_spec.h"
#include "harness/scenario/node_rules.h"
#include "harness/scenario/reading.h"

#include <algorithm>

namespace crib::scenario {
namespace {

using Json = nlohmann::json;

const Fields::OtherWords kOtherWords = {{"image", "os"}, {"distribution", "os"}, {"description", "about"}};
constexpr const char* kDefaultRecipe = "crio-kubeadm-flannel";

void report_broken(Reading& reading, const std::map<std::string, BrokenFile>& broken, const std::string& name,
                   const std::string& path) {
    const auto problem = broken.find(name);
    if (problem != broken.end()) reading.document.report(path, problem->second.message, problem->second.hint);
}

void read_name(Reading& reading) {
    auto& scenario = reading.scenario;
    const auto& root = reading.document.root();
    const auto given = reading.fields.text(root, "$", "name", false);
    scenario.name = given.value_or(scenario.file.stem().string());
    const auto problem = problem_with_host_name(scenario.name);
    if (!problem.empty() && given) {
        reading.document.report("$.name", "a scenario is named like a host: " + problem);
    } else if (!problem.empty() && !root.contains("name")) {
        reading.document.report("$.name", "a scenario without a \"name\" is called like its file: " + problem,
                                R"(give it one, for example "name": "two-node", or rename the file)");
    }
    reading.fields.define("name", scenario.name);
}

void read_os(Reading& reading) {
    const auto& root = reading.document.root();
    const auto os = reading.fields.text(root, "$", "os", false);
    if (root.contains("os")) reading.fields.define("os", os.value_or(""));  // what is wrong with it is told once
    if (!os) return;
    reading.scenario.os = *os;
    reading.require_image(*os, "$.os");
}

void read_recipe(Reading& reading) {
    auto& recipe = reading.scenario.recipe;
    recipe = reading.fields.text(reading.document.root(), "$", "recipe", false).value_or(kDefaultRecipe);
    reading.require_recipe(recipe, "$.recipe");
    reading.fields.define("recipe", recipe);
}

void read_cells(Reading& reading) {
    const auto* matrix = reading.top("matrix", Json::value_t::object);
    if (matrix == nullptr) return;
    reading.scenario.matrix = reading.document.in_written_order("$.matrix", *matrix);
    for (const auto& problem : read_matrix(reading.scenario.matrix).problems) {
        reading.document.report(problem.path, problem.message, problem.hint);
    }
}

}  // namespace

const std::vector<std::string>& scenario_keys() {
    static const std::vector<std::string> keys = {"name",   "about",      "os",     "versions", "components",
                                                  "nodes",  "recipe",     "checks", "internet", "mutations",
                                                  "expect", "parameters", "matrix", "extends",  "$schema"};
    return keys;
}

const Json* Reading::top(const std::string& key, Json::value_t type) const {
    const Json& root = document.root();
    if (!root.contains(key) || !fields.require_type(root[key], child_path("$", key), type)) return nullptr;
    return &root[key];
}

void Reading::require_image(const std::string& name, const std::string& path) {
    if (fields.require_known(name, path, "node image", known.images))
        report_broken(*this, known.broken_images, name, path);
}

void Reading::require_recipe(const std::string& name, const std::string& path) {
    if (fields.require_known(name, path, "recipe", known.recipes))
        report_broken(*this, known.broken_recipes, name, path);
}

std::vector<std::string> Reading::node_names() const {
    std::vector<std::string> names;
    for (const auto& node : scenario.nodes) names.push_back(node.name);
    return names;
}

const std::vector<std::string>* Reading::components() const {
    const auto recipe = known.recipe_names.find(scenario.recipe);
    return recipe == known.recipe_names.end() ? nullptr : &recipe->second.components;
}

bool Reading::takes(const std::string& component) const {
    const auto* taken = components();
    return taken == nullptr || std::find(taken->begin(), taken->end(), component) != taken->end();
}

std::vector<std::string> Reading::nodes_called(const std::string& name) const {
    std::vector<std::string> names;
    for (const auto& node : scenario.nodes) {
        if (node.name == name) return {name};
        if (node.group == name) names.push_back(node.name);
    }
    return names;
}

Scenario read_scenario(Document& document, const Known& known, const std::filesystem::path& file) {
    Scenario scenario;
    scenario.file = file;
    Fields fields(document);
    Reading reading{document, fields, known, scenario};
    const Json& root = document.root();
    fields.check_keys(root, "$", scenario_keys(), kOtherWords);
    for (const auto* key : {"extends", "$schema"}) {  // those of files are gone by now
        if (root.contains(key)) document.report(child_path("$", key), "can only stand in a file");
    }
    read_parameters(reading);
    read_name(reading);
    read_os(reading);
    read_recipe(reading);
    read_versions(reading);
    read_nodes(reading);
    scenario.about = fields.line(root, "$", "about", kLongestLine);
    scenario.internet = fields.boolean(root, "$", "internet").value_or(false);
    read_checks(reading);
    read_mutations(reading);
    read_expect(reading);
    read_cells(reading);
    return scenario;
}

}  // namespace crib::scenario
