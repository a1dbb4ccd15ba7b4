#pragma once
// Does hardware acceleration work here? Found out by booting a kernel: /dev/kvm may exist, open, and
// still run no stock kernel.

#include "harness/base/context.h"
#include "harness/hypervisor/hypervisor.h"
#include "harness/process/runner.h"

#include <filesystem>
#include <string>

namespace crib::hypervisor {

struct KvmFinding {
    enum class Kind {
        works,
        no_device,         // the host has no /dev/kvm
        no_permission,     // it has one, but this user may not open it
        no_stock_kernel,   // it opens, but a stock kernel does not get to its first serial line
        emulator_refuses,  // QEMU itself ends with a complaint
    };
    Kind kind = Kind::works;
    std::string module;  // kvm_intel, kvm_amd, kvm_pvm ...: what serves /dev/kvm; may be empty
    std::string detail;  // what was seen, for no_stock_kernel and emulator_refuses
    bool remembered = false;

    [[nodiscard]] bool works() const { return kind == Kind::works; }
    [[nodiscard]] Acceleration best() const { return works() ? Acceleration::kvm : Acceleration::tcg; }
};

// One line each, for crib doctor: what is the matter, and the cure (empty when all is well).
[[nodiscard]] std::string explain(const KvmFinding& finding);
[[nodiscard]] std::string cure(const KvmFinding& finding);

// Where the host shows what it has.
struct HostPaths {
    std::filesystem::path kvm_device = "/dev/kvm";
    std::filesystem::path modules = "/sys/module";
};

class AccelerationProbe {
public:
    // Answers that took a boot are remembered in `folder`/acceleration.json, by the host's kernel,
    // its KVM module and QEMU's version.
    AccelerationProbe(process::Runner& runner, std::filesystem::path folder, HostPaths paths = {});

    // What can be said without booting: nothing new is started but `qemu-system-x86_64 --version`.
    // Kind works when nothing speaks against it but no boot has shown it (`remembered` is then false).
    [[nodiscard]] KvmFinding look(const Context& context);

    // Boots the kernel under KVM unless the answer is known; at most 15 s. `initrd` may be empty.
    // Error(process) when there is no QEMU, Error(cancelled) when stopped.
    [[nodiscard]] KvmFinding find(const std::filesystem::path& kernel, const std::filesystem::path& initrd,
                                  const Context& context);

private:
    [[nodiscard]] KvmFinding boot(const std::filesystem::path& kernel, const std::filesystem::path& initrd,
                                  const Context& context);
    [[nodiscard]] std::string key(const std::string& module, const Context& context);
    [[nodiscard]] bool recall(const std::string& key, KvmFinding& finding) const;
    void remember(const std::string& key, const KvmFinding& finding) const;

    process::Runner& runner_;
    std::filesystem::path folder_;
    HostPaths paths_;
};

}  // namespace crib::hypervisor
