#pragma once
// Workshop: what works on the cluster of one kept run, wired together.

#include "harness/base/lock.h"
#include "harness/cli/services.h"
#include "harness/engine/kept_cluster.h"
#include "harness/engine/real_checkpoints.h"
#include "harness/engine/real_network.h"
#include "harness/engine/real_nodes.h"
#include "harness/engine/real_supplier.h"

#include <memory>
#include <string>

namespace crib::cli {

class Workshop {
public:
    Workshop(Services& services, const std::string& driver, const engine::RunFolder& folder);

    [[nodiscard]] engine::KeptCluster& cluster() { return cluster_; }
    [[nodiscard]] engine::StoredCheckpoints& checkpoints() { return checkpoints_; }
    [[nodiscard]] checkpoint::Store& store() { return store_; }
    [[nodiscard]] hypervisor::Hypervisor& hypervisor() { return *hypervisor_; }

private:
    events::Bus bus_;
    std::unique_ptr<events::Sink> terminal_;
    std::unique_ptr<hypervisor::Hypervisor> hypervisor_;
    engine::RealSupplier supplier_;
    engine::SwitchStarter network_;
    engine::GuestConnector connector_;
    engine::LiveClusterViewer viewer_;
    checkpoint::Store store_;
    engine::StoredCheckpoints checkpoints_;
    engine::Parts parts_;
    engine::KeptCluster cluster_;
};

// A kept run, alone in this process's hands.
struct Owned {
    engine::RunInfo run;
    FileLock owner;
};

// Error(usage) when the run's cluster does not run any more, or another crib is at work on it.
[[nodiscard]] Owned own(Services& services, const std::string& id);

void say_how_to_use(const engine::RunInfo& run);

// What a first Ctrl-C prints.
void say_stopping(int);

}  // namespace crib::cli
