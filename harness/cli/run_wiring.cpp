#include "harness/cli/run_wiring.h"

#include "harness/base/file.h"
#include "harness/report/junit.h"
#include "harness/report/terminal.h"

#include <fmt/format.h>
#include <unistd.h>

namespace crib::cli {

RunWiring::RunWiring(Services& services, const std::string& driver, const engine::RunFolder& folder, const Shown& shown)
    : folder_(folder),
      can_save_(driver == hypervisor::kEmbeddedUri),
      bus_(services.clock),
      log_(folder.events()),
      json_out_(STDOUT_FILENO),
      terminal_(report::terminal_for(STDOUT_FILENO, services.clock, shown.verbose)),
      hypervisor_(services.open_hypervisor(driver, folder)),
      supplier_(services.runner, services.folders, bus_),
      network_(services.runner, services.switch_program),
      store_(services.runner, services.clock, services.folders.cache / "checkpoints"),
      checkpoints_(store_, services.cache_limit(), hypervisor_->describe(), services.folders.runs()) {
    bus_.add(recorder_);
    bus_.add(log_);
    if (shown.json) {
        bus_.add(json_out_);
    } else {
        bus_.add(*terminal_);
    }
}

engine::Parts RunWiring::parts() {
    return {*hypervisor_, supplier_, network_, connector_, viewer_, can_save_ ? &checkpoints_ : nullptr};
}

void RunWiring::finish() {
    write_file(folder_.junit(), report::to_junit(recorder_.record()));
    if (!log_.problem().empty()) fmt::print(stderr, "crib: events.jsonl is not whole: {}\n", log_.problem());
}

}  // namespace crib::cli
