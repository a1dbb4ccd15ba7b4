#include "harness/cli/wired_parts.h"

namespace crib::cli {

WiredParts::WiredParts(Services& services, const std::string& driver, const engine::RunFolder& folder, events::Bus& bus,
                       const Context& context)
    : can_save_(driver == hypervisor::kEmbeddedUri),
      hypervisor_(services.open_hypervisor(driver, folder, Services::Purpose::run, context)),
      supplier_(services.runner, services.folders, bus),
      network_(services.runner, services.switch_program),
      store_(services.runner, services.clock, services.folders.cache / "checkpoints", services.folders.next_command),
      checkpoints_(store_, services.cache_limit(), hypervisor_->describe(), services.folders.runs()) {}

engine::Parts WiredParts::parts() {
    return {*hypervisor_, supplier_, network_, connector_, viewer_, can_save_ ? &checkpoints_ : nullptr};
}

}  // namespace crib::cli
