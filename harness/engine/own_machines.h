#pragma once
// OwnMachines: the machines of a run, told from those of a run of the same id in another state folder, or of another
// user. A daemon may have both; with the embedded driver each run has a root of its own.

#include "harness/base/mark.h"
#include "harness/engine/run_store.h"
#include "harness/hypervisor/hypervisor.h"

#include <string>
#include <vector>

namespace crib::engine {

// What a machine of the run says of whose it is.
[[nodiscard]] hypervisor::MachineOwner owner_of(const RunFolder& folder);

struct MachinesOfId {
    std::vector<std::string> own;    // those of earlier cribs, which do not say whose they are, among them
    std::vector<LeftAlone> another;  // another run's of this id
};
// Error(hypervisor).
[[nodiscard]] MachinesOfId machines_of(hypervisor::Hypervisor& hypervisor, const RunInfo& run, const RunFolder& folder);

// Error(hypervisor) where there is a machine of that name, whosever: what is made after it may be ended when cleaning
// up.
void require_free_name(hypervisor::Hypervisor& hypervisor, const std::string& machine);

}  // namespace crib::engine
