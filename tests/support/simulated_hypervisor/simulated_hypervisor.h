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
    hypervisor::MachineOwner owner_of(const std::string& name) override;
    std::string describe() override { return "simulated"; }
    // Memory files hold one line of text, overlays are empty. The pause is always `saving_takes`.
    hypervisor::SaveResult save(const std::vector<hypervisor::SaveSpec>& specs, const Context& context) override;
    void undo_save(const std::vector<hypervisor::SaveSpec>& specs, const Context& context) override;
    void restore(const std::vector<hypervisor::RestoreSpec>& specs, const Context& context) override;
    void resume(const std::vector<std::string>& names) override;
    std::string version_key(hypervisor::Acceleration acceleration) override;

    static constexpr Duration saving_takes = std::chrono::milliseconds(1500);

    // Faults. The next start of this machine fails with this reason (once).
    void fail_next_start(const std::string& name, const std::string& reason);
    // The next save or restore with this machine in it fails with this reason (once) and leaves nothing.
    void fail_next_save(const std::string& name, const std::string& reason);
    void fail_next_restore(const std::string& name, const std::string& reason);
    // The next save of this machine that fails, or is taken back, is HalfSaved (once): the machine keeps the overlays.
    void fail_next_undo(const std::string& name, const std::string& reason);
    // What version_key() begins with from now on, as after an update of QEMU.
    void set_version(const std::string& version);
    // A running machine stops; `why` is what why_stopped() then says.
    void stop(const std::string& name, hypervisor::MachineState state, const std::string& why);
    // From now on nobody can be asked for a machine's state, as when libvirt's daemon ends.
    void stop_answering(const std::string& reason);
    // Called within start(), outside the lock, when the machine is running: a test's guest begins here.
    void on_start(std::function<void(const hypervisor::MachineSpec&)> callback);
    // Called within save(), outside the lock, before anything is saved.
    void on_save(std::function<void()> callback);

    // Called within resume(), outside the lock, for each machine that goes on: a restored guest begins here.
    void on_resume(std::function<void(const hypervisor::MachineSpec&)> callback);

    // Every machine ever restored, in order; and each successful save.
    [[nodiscard]] std::vector<hypervisor::RestoreSpec> restored() const;
    [[nodiscard]] std::vector<std::vector<hypervisor::SaveSpec>> saved() const;
    // A machine as it is now: after a save its disks are the overlays. Error(hypervisor) when there is none.
    [[nodiscard]] hypervisor::MachineSpec machine(const std::string& name) const;
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
    using Faults = std::map<std::string, std::string>;
    static void take_fault(Faults& faults, const std::string& name, const std::string& what);
    void undo_one(const hypervisor::SaveSpec& spec);                      // under the lock
    hypervisor::SavedMachine save_one(const hypervisor::SaveSpec& spec);  // under the lock
    Machine& find(const std::string& name, const std::string& what);      // under the lock

    mutable std::mutex mutex_;
    std::map<std::string, Machine> machines_;
    Faults start_faults_;
    Faults save_faults_;
    Faults restore_faults_;
    Faults undo_faults_;
    std::map<std::string, std::filesystem::path> below_;  // an overlay, and what it was made over
    std::function<void(const hypervisor::MachineSpec&)> on_start_;
    std::function<void()> on_save_;
    std::function<void(const hypervisor::MachineSpec&)> on_resume_;
    std::string version_ = "simulated 1";
    std::optional<std::string> silent_;
    std::vector<hypervisor::MachineSpec> started_;
    std::vector<hypervisor::RestoreSpec> restored_;
    std::vector<std::vector<hypervisor::SaveSpec>> saved_;
    std::vector<std::string> destroyed_;
};

}  // namespace crib::test
