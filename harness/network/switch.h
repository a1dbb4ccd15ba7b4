#pragma once
// Switch: crib's handle on the crib-switch program that is one cluster's network. The program outlives crib; a later
// crib attaches to it by the run's folder.

#include "harness/base/context.h"
#include "harness/network/config.h"
#include "harness/network/stats.h"
#include "harness/process/runner.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace crib::network {

class Switch {
public:
    // Starts `program` for the run's folder and waits until it serves. Its log is switch.log there.
    // Error(usage) for a configuration that makes no sense; Error(network) with the log's end when it does not come up.
    static Switch start(process::Runner& runner, const std::filesystem::path& program, const SwitchConfig& config,
                        const std::filesystem::path& run_folder, const Context& context);

    // The switch that serves the folder. Error(network) when there is none.
    static Switch attach(const std::filesystem::path& run_folder);

    // Ends whatever switch serves the folder, and removes its sockets and its lock, also those of one that was killed.
    // True when nothing of it is left.
    static bool clean_up(const std::filesystem::path& run_folder) noexcept;

    ~Switch();  // does not stop it
    Switch(Switch&&) noexcept;
    Switch& operator=(Switch&&) noexcept;

    // The port of 127.0.0.1 that the node's QEMU connects to (-netdev socket,connect=, libvirt's type='client').
    [[nodiscard]] std::uint16_t port_of(const std::string& node) const;

    // The port of 127.0.0.1 that leads to the forward's node. A connection is reset at once while the node is not up.
    [[nodiscard]] std::uint16_t forward(const std::string& label) const;

    [[nodiscard]] SwitchStats stats(const Context& context) const;
    void start_capture(const std::filesystem::path& file, const Context& context);  // pcap; replaces a running one
    void stop_capture(const Context& context);

    // Asks it to end, insists after a few seconds, cleans up behind it. Does nothing when it has ended.
    void stop() noexcept;

    [[nodiscard]] bool alive() const;
    [[nodiscard]] int pid() const;

private:
    struct State;
    explicit Switch(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace crib::network
