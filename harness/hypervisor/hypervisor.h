#pragma once
// Hypervisor: starts virtual machines, tells their state, ends them.

#include "harness/base/context.h"
#include "harness/base/size.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace crib::hypervisor {

// libvirt's QEMU driver within crib itself, the default: each run has a root of its own and no daemon.
inline constexpr const char* kEmbeddedUri = "qemu:///embed";

enum class Acceleration { kvm, tcg };
[[nodiscard]] const char* to_string(Acceleration acceleration);

enum class DiskFormat { raw, qcow2 };

struct DiskSpec {
    std::filesystem::path file;
    DiskFormat format = DiskFormat::qcow2;
    bool read_only = false;  // several machines may share a read-only disk
    std::string serial;      // the guest sees /dev/disk/by-id/virtio-SERIAL; at most 20 characters
};

// Exactly one of the two is set.
struct NicSpec {
    std::string mac;
    std::uint16_t switch_port = 0;  // TCP port on 127.0.0.1 where a crib-switch listens
    std::string libvirt_network;    // or the name of a network of libvirt's
};

struct MachineSpec {
    std::string name;    // unique on the host: crib-RUN-NODE
    std::string run_id;  // what machines_of() finds it by
    unsigned vcpus = 2;
    ByteSize memory = ByteSize::gib(2);
    Acceleration acceleration = Acceleration::tcg;
    std::string cpu_model;  // "Nehalem", "max", "host-passthrough"; empty: default_cpu_model()
    std::filesystem::path kernel;
    std::filesystem::path initrd;  // may be empty
    std::string cmdline;
    std::vector<DiskSpec> disks;        // vda, vdb ... in this order
    std::vector<NicSpec> nics;          // eth0, eth1 ...
    std::filesystem::path console_log;  // the first serial line is appended to it
};

// What an emulated machine may take for translated code, beside its memory. A control plane's programs come to some
// 600 MiB of it: with half of that QEMU drops all translations every half minute and makes them again.
inline constexpr ByteSize kTranslationCache = ByteSize::gib(1);

// host-passthrough under KVM. Under emulation a model without AVX: Go programs start twice as fast.
[[nodiscard]] std::string default_cpu_model(Acceleration acceleration);

enum class MachineState {
    absent,    // nobody knows the name
    running,   //
    paused,    // also when QEMU stopped it, for instance because the host's disk is full
    shut_off,  // the guest turned itself off
    crashed,   // QEMU died or was killed, or the guest panicked
};
[[nodiscard]] const char* to_string(MachineState state);

// Thread-safe. Failures are Error(hypervisor), with the reason and the end of QEMU's log.
class Hypervisor {
public:
    virtual ~Hypervisor() = default;

    // Starts a machine. When it throws, nothing of the machine is left. A machine outlives this object.
    virtual void start(const MachineSpec& spec, const Context& context) = 0;

    [[nodiscard]] virtual MachineState state(const std::string& name) = 0;

    // For a machine that is paused, shut_off or crashed: one line for a person; else empty.
    [[nodiscard]] virtual std::string why_stopped(const std::string& name) = 0;

    // Ends and forgets a machine, whatever its state; nothing when there is none.
    virtual void destroy(const std::string& name) noexcept = 0;

    // The machines of a run, running or not, in the order of their names.
    [[nodiscard]] virtual std::vector<std::string> machines_of(const std::string& run_id) = 0;

    // "libvirt 9.0.0, QEMU 7.2.22, qemu:///embed"
    [[nodiscard]] virtual std::string describe() = 0;
};

}  // namespace crib::hypervisor
