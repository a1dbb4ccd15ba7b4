#include "harness/cli/workshop.h"

#include "harness/base/error.h"
#include "harness/report/terminal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <string_view>

namespace crib::cli {

using engine::RunInfo;
using engine::RunState;

Workshop::Workshop(Services& services, const std::string& driver, const engine::RunFolder& folder)
    : bus_(services.clock),
      terminal_(report::terminal_for(STDERR_FILENO, services.clock, false)),
      hypervisor_(services.open_hypervisor(driver, folder)),
      supplier_(services.runner, services.folders, bus_),
      network_(services.runner, services.switch_program),
      store_(services.runner, services.clock, services.folders.cache / "checkpoints"),
      checkpoints_(store_, services.cache_limit(), hypervisor_->describe(), services.folders.runs()),
      parts_{*hypervisor_, supplier_, network_, connector_, viewer_, &checkpoints_},
      cluster_(parts_, bus_, services.runs) {
    bus_.add(*terminal_);
}

Owned own(Services& services, const std::string& id) {
    auto run = services.runs.load(id);
    if (run.state == RunState::kept) {
        if (auto owner = FileLock::try_take(services.runs.folder(run.id).owner_lock())) return {run, std::move(*owner)};
        run.state = RunState::running;
    }
    throw Error(ErrorKind::usage,
                run.state == RunState::running ? fmt::format("run {} belongs to a crib that is still at work", run.id)
                                               : fmt::format("the cluster of run {} is not running any more", run.id),
                run.state == RunState::running ? "wait for it, or interrupt it (Ctrl-C)"
                                               : "crib run --keep FILE leaves a cluster running");
}

void say_how_to_use(const RunInfo& run) {
    fmt::print("    crib ssh {} {}, crib kubectl {} -- get nodes, crib down {}\n", run.id,
               run.nodes.empty() ? "NODE" : run.nodes.front().name, run.id, run.id);
}

void say_stopping(int) {
    static constexpr std::string_view kText = "\ncrib: stopping\n";
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kText.data(), kText.size());
}

}  // namespace crib::cli
