#pragma once
// ClusterNetwork: a real crib-switch for two test nodes, in a folder of its own, ended with this object.

#include "harness/base/clock.h"
#include "harness/network/switch.h"
#include "harness/process/runner.h"
#include "tests/integration/network/test_node.h"

#include <memory>
#include <optional>
#include <string>

namespace crib::network {

struct ClusterNetwork {
    ClusterNetwork();
    ~ClusterNetwork();

    void start();  // with config as it is now
    [[nodiscard]] std::unique_ptr<TestNode> plug_in(std::size_t node) const;
    [[nodiscard]] Context context() { return Context::with_clock(clock).with_timeout(std::chrono::seconds{20}); }
    [[nodiscard]] SwitchStats stats() { return network->stats(context()); }

    SystemClock clock;
    std::unique_ptr<process::Runner> runner;
    TempFolder temporary;
    std::filesystem::path folder;  // the run's
    SwitchConfig config;           // two nodes, master and worker; SSH forwarded to each
    std::optional<Switch> network;
};

// A TCP connection to a port of 127.0.0.1, for the host's side of a forward.
UniqueFd connect_to_loopback(std::uint16_t port);

}  // namespace crib::network
