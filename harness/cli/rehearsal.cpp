#include "harness/cli/rehearsal.h"

#include "harness/base/error.h"
#include "harness/base/pattern.h"
#include "harness/base/text.h"
#include "harness/component/table.h"
#include "harness/engine/cell_lock.h"
#include "harness/engine/real_stock.h"
#include "harness/provision/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace crib::cli {
namespace {

using scenario::Clash;
using scenario::Mutation;

// What is thrown about a mutation begins with its path.
Clash clash_of(const Error& error) {
    Clash clash;
    clash.reason = error.what();
    clash.hint = error.hint();
    const auto end = clash.reason.find(": ");
    if (!clash.reason.starts_with("$.") || end == std::string::npos) return clash;
    clash.path = clash.reason.substr(0, end);
    clash.reason.erase(0, end + 2);
    return clash;
}

// A step may be the recipe's and yet never run: "when" it does depends on versions and systems.
std::vector<Clash> mistakes_of_expectation(const scenario::Scenario& scenario, const engine::Cell& cell,
                                           const provision::Plan& plan) {
    if (!scenario.expect) return {};
    const auto& [fails_at, node, message, why] = *scenario.expect;
    const auto is_step = std::ranges::any_of(cell.recipe.steps, [&](const auto& step) { return step.id == fails_at; });
    const auto is_place = [&](const provision::PlannedStep& step) {
        return step.id == fails_at && (node.empty() || step.node == node);
    };
    if (!is_step || std::ranges::any_of(plan.steps, is_place)) return {};
    Clash clash;
    clash.path = node.empty() ? "$.expect.fails-at" : "$.expect.node";
    clash.reason = fmt::format("the step {} does not run {} with these versions and systems", fails_at,
                               node.empty() ? "anywhere" : "on " + node);
    return {clash};
}

// "bash: line 3: syntax error near unexpected token `fi'"
Clash clash_of_shell(const Mutation& mutation, std::string_view said) {
    static const Pattern shape("[^:]*: line ([0-9]+): (.*)");
    Clash clash;
    const bool is_file = mutation.origin.find(": $.") == std::string::npos;
    clash.path = mutation.path + (is_file ? ".script" : ".run");
    const auto lines = split_lines(said);
    const auto first = lines.empty() ? std::string("bash does not say why") : lines.front();
    const auto found = shape.groups_of(first);
    const auto number = found ? found->at(0) : "";
    clash.reason = fmt::format("the script{}{} is not shell: {}", number.empty() ? "" : ", line ", number,
                               found ? found->at(1) : first);
    if (!is_file) std::from_chars(number.data(), number.data() + number.size(), clash.line);
    return clash;
}

bool is_out_of_time(const process::Result& result) {
    return !std::holds_alternative<process::Exited>(result.end);
}

}  // namespace

std::vector<Clash> mistakes_of_plan(const scenario::Scenario& scenario, const Folders& folders,
                                    const Knowledge& knowledge) {
    const auto recipe = knowledge.recipes.find(scenario.recipe);
    if (recipe == knowledge.recipes.end()) return {};
    try {
        engine::Cell cell;
        cell.scenario = scenario;
        cell.recipe = recipe->second;
        const component::Table table(folders.fixtures() / "components");
        const auto stock = engine::needed_stock(table, folders, scenario);
        auto facts = engine::run_facts(cell, stock.supply, engine::assign_addresses(scenario, "validate"));
        const auto plan = provision::plan_steps(cell.recipe, facts);
        facts.profile = provision::load_profile(folders.fixtures() / "profiles" / "emulated-host");
        (void)provision::plan_steps(cell.recipe, facts);
        return mistakes_of_expectation(scenario, cell, plan);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::usage) throw;
        return {clash_of(error)};
    }
}

std::vector<Clash> mistakes_of_shell(const scenario::Scenario& scenario, process::Runner& runner,
                                     const Context& context) {
    std::vector<Clash> mistakes;
    for (const auto& mutation : scenario.mutations) {
        if (mutation.script.empty()) continue;
        process::Command bash;
        bash.program = "bash";
        bash.args = {"--norc", "--noprofile", "-n"};
        bash.env = {{"BASH_ENV", std::nullopt}, {"ENV", std::nullopt}, {"LC_ALL", "C"}};
        bash.input = mutation.script;
        bash.keep_bytes = 4096;
        try {
            const auto result = runner.run(bash, context);
            if (is_out_of_time(result)) return mistakes;
            if (!result.ok()) mistakes.push_back(clash_of_shell(mutation, result.err));
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::process) throw;
            return mistakes;  // there is no bash here; the nodes have one
        }
    }
    return mistakes;
}

}  // namespace crib::cli
