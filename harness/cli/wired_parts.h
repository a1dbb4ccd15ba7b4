#pragma once
// WiredParts: what clusters are made with, wired together.

#include "harness/cli/services.h"
#include "harness/engine/real_checkpoints.h"
#include "harness/engine/real_network.h"
#include "harness/engine/real_nodes.h"
#include "harness/engine/real_supplier.h"

#include <memory>
#include <string>

namespace crib::cli {

class WiredParts {
public:
    // The context is for opening the driver.
    WiredParts(Services& services, const std::string& driver, const engine::RunFolder& folder, events::Bus& bus,
               const Context& context);

    // Without a keeper of checkpoints where QEMU runs as another user, who cannot write or read the store.
    [[nodiscard]] engine::Parts parts();

    [[nodiscard]] engine::StoredCheckpoints& checkpoints() { return checkpoints_; }
    [[nodiscard]] checkpoint::Store& store() { return store_; }
    [[nodiscard]] hypervisor::Hypervisor& hypervisor() { return *hypervisor_; }

private:
    bool can_save_;
    std::unique_ptr<hypervisor::Hypervisor> hypervisor_;
    engine::RealSupplier supplier_;
    engine::SwitchStarter network_;
    engine::GuestConnector connector_;
    engine::LiveClusterViewer viewer_;
    checkpoint::Store store_;
    engine::StoredCheckpoints checkpoints_;
};

}  // namespace crib::cli
