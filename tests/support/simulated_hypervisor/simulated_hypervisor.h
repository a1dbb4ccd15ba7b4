#pragma once
// SimulatedHypervisor: machines that exist only in memory, with faults on demand. Thread-safe.

#include "harness/hypervisor/hypervisor.h"

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace crib::test {

class SimulatedHypervisor final : public hypervisor::Hypervisor {
public:
    void start(const hypervisor::MachineSpec& spec, const Context& context) override;
    hypervisor::MachineState state(const std::string& name) override;
    std::string why_stopped(const std::string& name) override;
    void destroy(const std::string& name) noexcept override;
    std::vector<std::string> machines_of(const std::string& run_id) override;
    std::string describe() override { return "simulated"; }

    // Faults. The next start of this machine fails with this reason (once).
    void fail_next_start(const std::string& name, const std::string& reason);
    // A running machine stops; `why` is what why_stopped() then says.
    void stop(const std::string& name, hypervisor::MachineState state, const std::string& why);
    // From now on nobody can be asked for a machine's state, as when libvirt's daemon ends.
    void stop_answering(const std::string& reason);
    // Called within start(), outside the lock, when the machine is running: a test's guest begins here.
    void on_start(std::function<void(const hypervisor::MachineSpec&)> callback);

    // Every machine ever started, and every name destroyed, in order.
    [[nodiscard]] std::vector<hypervisor::MachineSpec> started() const;
    [[nodiscard]] std::vector<std::string> destroyed() const;
    [[nodiscard]] std::size_t count() const;  // machines that exist now

private:
    struct Machine {
        hypervisor::MachineSpec spec;
        hypervisor::MachineState state = hypervisor::MachineState::running;
        std::string why;
    };
    mutable std::mutex mutex_;
    std::map<std::string, Machine> machines_;
    std::map<std::string, std::string> start_faults_;
    std::function<void(const hypervisor::MachineSpec&)> on_start_;
    std::optional<std::string> silent_;
    std::vector<hypervisor::MachineSpec> started_;
    std::vector<std::string> destroyed_;
};

}  // namespace crib::test
