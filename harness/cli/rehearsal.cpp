#include "harness/cli/rehearsal.h"

#include "harness/base/error.h"
#include "harness/base/text.h"
#include "harness/component/table.h"
#include "harness/engine/cell_lock.h"
#include "harness/engine/real_stock.h"
#include "harness/provision/idle_mutations.h"
#include "harness/scenario/matrix_load.h"
#include "harness/scenario/positions.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace crib::cli {
namespace {

using scenario::Clash;

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

// A scenario's steps as they would be planned on a machine that emulates nothing.
struct Planned {
    engine::Cell cell;
    provision::RunFacts facts;
    provision::Plan plan;
};

Planned planned(const scenario::Scenario& scenario, const Folders& folders, const Knowledge& knowledge) {
    Planned result;
    result.cell.scenario = scenario;
    result.cell.recipe = knowledge.recipes.at(scenario.recipe);
    const component::Table table(folders.fixtures() / "components");
    const auto stock = engine::needed_stock(table, folders, scenario);
    result.facts = engine::run_facts(result.cell, stock.supply, engine::assign_addresses(scenario, "validate"));
    result.plan = provision::plan_steps(result.cell.recipe, result.facts);
    return result;
}

// Why it cannot be planned; empty: it can.
std::string refusal_of(const scenario::Scenario& scenario, const Folders& folders, const Knowledge& knowledge) {
    try {
        (void)planned(scenario, folders, knowledge);
        return {};
    } catch (const Error& error) {
        return error.what();
    }
}

// What is thrown of components names no place: to blame is the source without which it would not be thrown.
std::string path_to_blame(const scenario::Scenario& scenario, const Error& error, const Folders& folders,
                          const Knowledge& knowledge) {
    for (const auto& [component, source] : scenario.components) {
        auto other = scenario;
        other.components.erase(component);
        if (refusal_of(other, folders, knowledge) != error.what()) {
            return scenario::child_path("$.components", component);
        }
    }
    return {};
}

std::vector<Clash> mistakes_of_mutations(const Planned& planned) {
    std::vector<Clash> clashes;
    for (const auto& idle : provision::idle_mutations(planned.cell.recipe, planned.facts)) {
        Clash clash;
        clash.path = idle.path;
        clash.reason = idle.reason;
        clash.hint = idle.hint;
        clashes.push_back(std::move(clash));
    }
    return clashes;
}

// Looks for a cell in which each of those mutations and expectations has something to change, or to fail.
class CellSearch {
public:
    CellSearch(const Knowledge& knowledge, const Folders& folders, const scenario::Scenario& scenario,
               const scenario::Matrix& matrix)
        : knowledge_(knowledge), folders_(folders), matrix_(matrix) {
        const auto base = planned(scenario, folders, knowledge);
        for (auto& idle : provision::idle_mutations(base.cell.recipe, base.facts))
            mutations_.push_back(std::move(idle));
        for (std::size_t i = 0; i < matrix.expect.size(); ++i) {
            if (may_be_absent(matrix.expect[i].expect.fails_at)) expected_.insert(i);
        }
    }

    [[nodiscard]] bool has_found_all() const { return mutations_.empty() && expected_.empty(); }

    void look_at(const scenario::Scenario& scenario, const scenario::Assignment& assignment) {
        const auto cell = planned(scenario, folders_, knowledge_);
        const auto idle = provision::idle_mutations(cell.cell.recipe, cell.facts);
        std::erase_if(mutations_, [&](const auto& one) {
            return std::ranges::none_of(idle, [&](const auto& other) { return other.mutation == one.mutation; });
        });
        const auto* expect = scenario::expected_of(matrix_, assignment);
        std::erase_if(expected_, [&](std::size_t number) {
            return &matrix_.expect[number].expect == expect && runs(cell.plan, *expect);
        });
    }

    [[nodiscard]] std::vector<Clash> clashes() const {
        std::vector<Clash> all;
        const auto add = [&](const std::string& path, const std::string& reason, const std::string& hint) {
            Clash clash;
            clash.path = path;
            clash.reason = reason;
            clash.hint = hint;
            all.push_back(std::move(clash));
        };
        for (const auto& one : mutations_) add(one.path, one.reason + ", in no cell of the matrix", one.hint);
        for (const auto number : expected_) {
            const auto path = scenario::child_path("$.matrix.expect", number);
            const auto& expect = matrix_.expect[number].expect;
            add(path + (expect.node.empty() ? ".fails-at" : ".node"),
                fmt::format("the step {} does not run {} in any cell that this is of", expect.fails_at,
                            expect.node.empty() ? "anywhere" : "on " + expect.node),
                "with the versions and systems of those cells there is nothing that could fail");
        }
        return all;
    }

private:
    // Does a recipe leave the step out for some versions or systems?
    [[nodiscard]] bool may_be_absent(const std::string& step) const {
        return std::ranges::any_of(knowledge_.recipes, [&](const auto& recipe) {
            return std::ranges::any_of(recipe.second.steps,
                                       [&](const auto& one) { return one.id == step && !one.when.empty(); });
        });
    }

    static bool runs(const provision::Plan& plan, const scenario::Expect& expect) {
        return std::ranges::any_of(plan.steps, [&](const auto& step) {
            return step.id == expect.fails_at && (expect.node.empty() || step.node == expect.node);
        });
    }

    const Knowledge& knowledge_;
    const Folders& folders_;
    const scenario::Matrix& matrix_;
    std::vector<provision::IdleMutation> mutations_;  // still without an effect
    std::set<std::size_t> expected_;                  // still without a cell in which it can come true
};

}  // namespace

std::vector<Clash> mistakes_of_cells(const std::string& file, const std::vector<std::string>& sets,
                                     const scenario::Scenario& scenario, const scenario::ExpandHooks& hooks,
                                     const Folders& folders, const Knowledge& knowledge) {
    // More are not made only to be looked at, and not all of those are planned: what is then not known is no mistake.
    constexpr std::uint64_t kMostMade = 2000;
    constexpr std::size_t kMostPlanned = 200;
    std::vector<std::string> notes;
    auto matrix = scenario::resolved(scenario::load_matrix_or_throw(file, sets), hooks, notes);
    matrix.limit = std::min(matrix.limit, kMostMade);
    if (scenario::problem_with_size(matrix)) return {};
    CellSearch search(knowledge, folders, scenario, matrix);
    if (search.has_found_all()) return {};
    const auto cells = scenario::expand(matrix, {}, hooks).cells;
    if (cells.size() == 0) return {};  // which is told as such
    for (std::size_t i = 0; i < cells.size(); ++i) {
        if (i == kMostPlanned) return {};
        auto all = sets;
        const auto own = scenario::lasting_sets_of(cells.assignment(i), matrix);
        all.insert(all.end(), own.begin(), own.end());
        const auto cell = scenario::load(file, all, knowledge.known);
        if (!cell.scenario || !refusal_of(*cell.scenario, folders, knowledge).empty()) return {};  // not known
        search.look_at(*cell.scenario, cells.assignment(i));
        if (search.has_found_all()) return {};
    }
    return search.clashes();
}

std::vector<scenario::Diagnostic> mistakes_of_matrix(const std::string& file, const std::vector<std::string>& sets,
                                                     const std::optional<scenario::Scenario>& scenario,
                                                     const scenario::ExpandHooks& hooks, const Folders& folders,
                                                     const Knowledge& knowledge) {
    auto found = scenario::cell_mistakes(file, sets, hooks, knowledge.known);
    if (!found.empty() || !scenario) return found;
    return scenario::placed(file, sets, mistakes_of_cells(file, sets, *scenario, hooks, folders, knowledge));
}

std::vector<Clash> mistakes_of_plan(const scenario::Scenario& scenario, const Folders& folders,
                                    const Knowledge& knowledge) {
    if (!knowledge.recipes.contains(scenario.recipe)) return {};
    try {
        auto natural = planned(scenario, folders, knowledge);
        auto clashes = mistakes_of_expectation(scenario, natural.cell, natural.plan);
        if (scenario.matrix.empty()) {  // else some cell may run the step
            const auto idle = mistakes_of_mutations(natural);
            clashes.insert(clashes.end(), idle.begin(), idle.end());
        }
        natural.facts.profile = provision::load_profile(folders.fixtures() / "profiles" / "emulated-host");
        (void)provision::plan_steps(natural.cell.recipe, natural.facts);
        return clashes;
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::usage) throw;
        auto clash = clash_of(error);
        if (clash.path.empty()) clash.path = path_to_blame(scenario, error, folders, knowledge);
        return {std::move(clash)};
    }
}

void require_effects(const engine::Cell& cell, const Folders& folders) {
    const auto& scenario = cell.scenario;
    if (!scenario.matrix.empty() || scenario.mutations.empty()) return;
    const component::Table table(folders.fixtures() / "components");
    const auto stock = engine::needed_stock(table, folders, scenario);
    const auto nodes = engine::assign_addresses(scenario, "plan");
    with_note(scenario.file.string(),
              [&] { provision::require_effects(cell.recipe, engine::run_facts(cell, stock.supply, nodes)); });
}

}  // namespace crib::cli
