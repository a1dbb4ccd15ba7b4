// crib lock: what a scenario comes to, written down; or what differs between two locks.

#include "harness/base/file.h"
#include "harness/cli/cell_loader.h"
#include "harness/cli/commands.h"
#include "harness/cli/signals.h"
#include "harness/engine/cell_lock.h"
#include "harness/engine/real_supplier.h"
#include "harness/report/terminal.h"
#include "harness/scenario/lock.h"

#include <fmt/format.h>
#include <unistd.h>

namespace crib::cli {
namespace {

int show_differences(const std::string& before, const std::string& after) {
    const auto found = scenario::differences(scenario::read_lock(before), scenario::read_lock(after));
    for (const auto& difference : found) fmt::print("{}\n", to_string(difference));
    if (found.empty()) fmt::print("{} and {} lock the same\n", before, after);
    return found.empty() ? 0 : 1;
}

}  // namespace

int execute(Services& services, const LockCommand& command) {
    if (!command.diff.empty()) return show_differences(command.diff.at(0), command.diff.at(1));
    const auto cell = load_cell(services.folders, command.file, command.sets);
    Interrupts interrupts([](int) {});
    events::Bus bus(services.clock);
    const auto terminal = report::terminal_for(STDERR_FILENO, services.clock, false);
    bus.add(*terminal);
    engine::RealSupplier supplier(services.runner, services.folders, bus);
    const auto supply = supplier.prepare(cell.scenario, services.context().with_stop(interrupts.stop()));
    const auto lock = engine::make_lock(cell, supply, engine::assign_addresses(cell.scenario, "lock"));
    const auto file =
        command.output.empty() ? scenario::lock_file_of(command.file) : std::filesystem::path(command.output);
    write_file(file, scenario::to_json(lock));
    fmt::print("{}: {} versions, {} components, {} packages, {} steps\n", file.string(), lock.versions.size(),
               lock.components.size(), lock.packages.size(), lock.steps.size());
    return 0;
}

}  // namespace crib::cli
