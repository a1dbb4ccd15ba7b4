// crib plan: what a run would do, or what two scenarios do differently. Nothing is built, fetched or booted.

#include "harness/base/error.h"
#include "harness/cli/cell_loader.h"
#include "harness/cli/commands.h"
#include "harness/cli/matrix_hooks.h"
#include "harness/cli/plan_text.h"
#include "harness/cli/rehearsal.h"
#include "harness/engine/real_stock.h"
#include "harness/engine/run_plan.h"
#include "harness/hypervisor/acceleration.h"
#include "harness/scenario/matrix_load.h"

#include <fmt/format.h>

namespace crib::cli {
namespace {

using Acceleration = engine::Supplier::Acceleration;

// More cells than this are not looked at one by one.
constexpr std::uint64_t kMostCounted = 2000;

// What is known without booting a kernel.
Acceleration find_acceleration(Services& services, const std::string& asked, const Context& context) {
    if (asked == "kvm") return {hypervisor::Acceleration::kvm, "as --accel asks"};
    if (asked == "tcg") return {hypervisor::Acceleration::tcg, "as --accel asks"};
    try {
        hypervisor::AccelerationProbe probe(services.runner, services.folders.cache / "probe");
        const auto finding = probe.look(context);
        auto reason = hypervisor::explain(finding);
        if (finding.works() && !finding.remembered) reason += ", if a kernel boots under it: the first run finds out";
        return {finding.best(), std::move(reason)};
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::process) throw;
        return {hypervisor::Acceleration::tcg, error.what()};  // no QEMU here
    }
}

engine::RunPlan plan_of(Services& services, const engine::Cell& cell, const std::string& accel) {
    const auto context = services.context().with_timeout(std::chrono::seconds{60});
    const auto acceleration = find_acceleration(services, accel, context);
    return engine::plan_run(cell, engine::look_at_stock(services.runner, services.folders, cell.scenario, context),
                            acceleration, engine::measured_runs(services.runs, cell.scenario.name, acceleration.kind));
}

std::optional<MatrixSize> matrix_size(const Knowledge& knowledge, const PlanCommand& command,
                                      const scenario::Scenario& scenario) {
    if (scenario.matrix.empty()) return std::nullopt;
    const auto sets = with_components(command.sets, command.components);
    const auto matrix = scenario::load_matrix_or_throw(command.file, sets);
    std::uint64_t product = 1;
    for (const auto& axis : matrix.axes) {
        if (__builtin_mul_overflow(product, axis.values.size(), &product)) product = ~std::uint64_t{0};
    }
    if (product > kMostCounted) return MatrixSize{product, 0, false};
    const auto expansion =
        scenario::expand(matrix, {}, catalogue_hooks(knowledge, scenario::values_of(command.file, sets), scenario));
    return MatrixSize{expansion.cells.size(), expansion.excluded.cells.size(), true};
}

// As of what `crib validate` and `crib matrix` refuse.
void require_good_matrix(const Folders& folders, const Knowledge& knowledge, const std::string& file,
                         const std::vector<std::string>& sets, const scenario::Scenario& scenario) {
    if (scenario.matrix.empty()) return;
    scenario::require_sound_cells(file, sets, knowledge.known);
    const auto hooks = catalogue_hooks(knowledge, scenario::values_of(file, sets), scenario);
    auto mistakes = scenario::matrix_mistakes(file, sets, hooks);
    if (mistakes.empty()) mistakes = mistakes_of_matrix(file, sets, scenario, hooks, folders, knowledge);
    if (!mistakes.empty()) throw Error(ErrorKind::usage, to_string(mistakes));
}

int show_differences(Output& output, const engine::RunPlan& before, const engine::RunPlan& after,
                     const PlanCommand& command) {
    const auto found = engine::differences(before, after);
    if (command.json) {
        output.print_json(differences_json(found));
    } else if (found.empty()) {
        output.print("{} and {} do the same\n", command.file, command.diff);
    } else {
        output.print("{} -> {}\n", command.file, command.diff);
        for (const auto& difference : found) output.print_lines(to_string(difference) + "\n");
    }
    return found.empty() ? 0 : 1;
}

}  // namespace

int execute(Services& services, const PlanCommand& command) {
    const auto knowledge = read_knowledge(services);
    const auto sets = with_components(command.sets, command.components);
    const auto cell =
        with_notes_as_given(load_cell(services.folders, knowledge, command.file, sets), command.components);
    require_good_matrix(services.folders, knowledge, command.file, sets, cell.scenario);
    const auto plan = plan_of(services, cell, command.accel);
    if (!command.diff.empty()) {
        const auto other = load_cell(services.folders, knowledge, command.diff, {});
        require_good_matrix(services.folders, knowledge, command.diff, {}, other.scenario);
        return show_differences(services.output, plan, plan_of(services, other, command.accel), command);
    }
    if (!command.script.empty()) {
        services.output.print_script(step_script(plan, command.script));
        return 0;
    }
    const auto matrix = matrix_size(knowledge, command, cell.scenario);
    if (command.json) {
        services.output.print_json(plan_json(plan, matrix));
    } else {
        services.output.print_lines(plan_text(plan, matrix, services.folders.next_command));
    }
    return 0;
}

}  // namespace crib::cli
