// crib lock: what a scenario comes to, written down; or what differs between two locks.

#include "harness/base/error.h"
#include "harness/base/input_file.h"
#include "harness/base/output_file.h"
#include "harness/cli/cell_loader.h"
#include "harness/cli/commands.h"
#include "harness/cli/matrix_inputs.h"
#include "harness/cli/signals.h"
#include "harness/engine/cell_lock.h"
#include "harness/engine/real_supplier.h"
#include "harness/fetch/mirrors.h"
#include "harness/report/terminal.h"
#include "harness/scenario/lock.h"
#include "harness/scenario/matrix_load.h"

#include <fmt/format.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <optional>

namespace crib::cli {
namespace {

namespace fs = std::filesystem;

int show_differences(Output& output, const std::string& before, const std::string& after) {
    const auto one = scenario::read_lock(before);
    const auto other = scenario::read_lock(after);
    const auto found = scenario::differences(one, other);
    if (!one.whole) output.say("{}: {}\n", before, scenario::missing_in(one));
    if (!other.whole) output.say("{}: {}\n", after, scenario::missing_in(other));
    for (const auto& difference : found) output.print("{}\n", to_string(difference));
    if (found.empty()) output.print("{} and {} lock the same\n", before, after);
    return found.empty() ? 0 : 1;
}

constexpr const char* kStandardOutput = "-";

struct Order {
    std::function<engine::Cell()> cell;  // made when it is its turn: all of a large matrix would take gigabytes
    std::optional<OutputFile> file;      // nothing: standard output
};

OutputFile output_at(const fs::path& file, OutputFile::Folder folder) {
    OutputFile output(file, folder);
    output.require_overwritable({"lock file of crib", input_kind::lock.limit + 1, [](std::string_view text) {
                                     return text.size() <= input_kind::lock.limit &&
                                            scenario::may_be_lock(std::string(text));
                                 }});
    return output;
}

std::vector<Order> the_one_of(Services& services, const LockCommand& command) {
    Order order{[cell = load_cell(services, command.file, command.sets)] { return cell; }, std::nullopt};
    if (command.output != kStandardOutput) {
        const auto file = command.output.empty() ? scenario::lock_file_of(command.file) : fs::path(command.output);
        order.file = output_at(file, OutputFile::Folder::must_exist);
    }
    return {std::move(order)};
}

std::vector<Order> cells_of(Services& services, const LockCommand& command) {
    const auto knowledge = std::make_shared<const Knowledge>(read_knowledge(services));
    const engine::MatrixHistory history(services.folders.state / "history.jsonl");
    MatrixCommand wanted;
    wanted.file = command.file;
    wanted.sets = command.sets;
    wanted.only = command.only;
    wanted.list = true;  // its cells, and no record of them
    const auto plan = std::make_shared<const MatrixPlan>(
        plan_matrix(wanted, matrix_inputs(services.folders, *knowledge, command.file, command.sets, history)));
    std::vector<Order> orders;
    for (std::size_t i = 0; i < plan->cells.size(); ++i) {
        const auto load = [knowledge, plan, i, file = command.file, sets = command.sets] {
            auto loaded =
                scenario::load_cells_or_throw(file, sets, plan->cells.select({i}), plan->matrix, knowledge->known);
            engine::Cell cell;
            cell.recipe = knowledge->recipes.at(loaded.front().scenario.recipe);
            cell.scenario = std::move(loaded.front().scenario);
            return cell;
        };
        orders.push_back(
            {load, output_at(scenario::lock_file_of(command.file, plan->cells.id(i)), OutputFile::Folder::is_made)});
    }
    return orders;
}

void write_lock(Output& output, const scenario::Lock& lock, const std::optional<OutputFile>& file,
                const Context& context) {
    if (!file) return output.print_json(scenario::to_json(lock));
    file->write(scenario::to_json(lock), context);
    output.print("{}: {} versions, {} components, {} packages, {} steps\n", file->path().string(), lock.versions.size(),
                 lock.components.size(), lock.packages.size(), lock.steps.size());
}

}  // namespace

int execute(Services& services, const LockCommand& asked) {
    if (!asked.diff.empty()) return show_differences(services.output, asked.diff.at(0), asked.diff.at(1));
    LockCommand command = asked;
    command.sets = with_components(asked.sets, asked.components);
    (void)fetch::Mirrors::load(services.folders.mirrors);  // before anything is fetched from elsewhere
    const auto orders = command.cells ? cells_of(services, command) : the_one_of(services, command);
    Interrupts interrupts([](int) {});
    const auto context = services.context().with_stop(interrupts.stop());
    events::Bus bus(services.clock);
    const auto terminal = report::terminal_for(STDERR_FILENO, services.output.sayer(), services.clock, false);
    bus.add(*terminal);
    engine::RealSupplier supplier(services.runner, services.folders, bus);
    for (const auto& [load, file] : orders) {
        const auto cell = load();
        const auto supply = supplier.prepare(cell.scenario, context);
        const auto lock = engine::make_lock(cell, supply, engine::assign_addresses(cell.scenario, "lock"));
        write_lock(services.output, lock, file, context);
    }
    return 0;
}

}  // namespace crib::cli
