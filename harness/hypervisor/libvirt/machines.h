#pragma once
// LibvirtMachines: the Hypervisor on a libvirt connection. Private to the adapter.

#include "harness/hypervisor/hypervisor.h"
#include "harness/hypervisor/libvirt/connection.h"

#include <filesystem>

namespace crib::hypervisor {

class LibvirtMachines final : public Hypervisor {
public:
    // `shown_as` is the connection's name for people; QEMU's logs lie in `log_folder` (empty: unknown).
    LibvirtMachines(const std::string& uri, std::string shown_as, std::filesystem::path log_folder);

    void start(const MachineSpec& spec, const Context& context) override;
    MachineState state(const std::string& name) override;
    std::string why_stopped(const std::string& name) override;
    void destroy(const std::string& name) noexcept override;
    std::vector<std::string> machines_of(const std::string& run_id) override;
    MachineOwner owner_of(const std::string& name) override;
    std::string describe() override;
    SaveResult save(const std::vector<SaveSpec>& specs, const Context& context) override;
    void undo_save(const std::vector<SaveSpec>& specs, const Context& context) override;
    void restore(const std::vector<RestoreSpec>& specs, const Context& context) override;
    void resume(const std::vector<std::string>& names) override;
    std::string version_key(Acceleration acceleration) override;

private:
    // Error(usage) where QEMU runs as another user or elsewhere; `done` is "saved" or "restored".
    void require_own_qemu(const char* done) const;
    [[nodiscard]] std::string end_of_log(const std::string& name) const;

    Connection connection_;
    std::string shown_as_;
    std::filesystem::path log_folder_;
};

}  // namespace crib::hypervisor
