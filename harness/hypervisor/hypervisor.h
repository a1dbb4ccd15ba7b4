#pragma once
// Hypervisor: starts virtual machines, tells their state, saves and restores them, ends them.

#include "harness/base/context.h"
#include "harness/base/error.h"
#include "harness/base/size.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
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

// "vda" for a machine's first disk. Error(internal) beyond "vdz".
[[nodiscard]] std::string target_of_disk(std::size_t index);

// Exactly one of the two is set.
struct NicSpec {
    std::string mac;
    std::uint16_t switch_port = 0;  // TCP port on 127.0.0.1 where a crib-switch listens
    std::string libvirt_network;    // or the name of a network of libvirt's
};

// Whose a machine is: another state folder, or another user, may have a run of the same id.
struct MachineOwner {
    std::string folder;  // of the run, absolute; empty: it does not say, as those of earlier cribs
    std::string user;    // "1000"

    bool operator==(const MachineOwner&) const = default;
};

struct MachineSpec {
    std::string name;    // unique on the host: crib-RUN-NODE
    std::string run_id;  // what machines_of() finds it by
    MachineOwner owner;  // what owner_of() then says
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

// What is written when a machine is saved. The folders of the files exist, the files do not. libvirt syncs what it
// writes while the machines stand still: on a tmpfs with room for it they stand still for a fraction of the time.
struct SaveSpec {
    std::string name;
    std::filesystem::path memory;                           // the guest's memory, byte for byte, with holes where it is
                                                            // zero
    std::filesystem::path state;                            // everything else of the machine: a megabyte or two
    std::map<std::string, std::filesystem::path> overlays;  // every writable disk's target ("vda") -> a qcow2 file to
                                                            // make: the machine goes on there
};

// A disk's file as it was at the instant: nobody may write to it from then on.
struct FrozenDisk {
    std::filesystem::path file;
    DiskFormat format = DiskFormat::qcow2;  // what an overlay on it must name
};

struct SavedMachine {
    std::string name;
    std::string description;                   // opaque text, which restore() wants back
    std::map<std::string, FrozenDisk> frozen;  // the writable disks' targets; read-only disks are not in it
};

struct SaveResult {
    std::vector<SavedMachine> machines;  // in the order of the specs
    Duration paused{};                   // from the first machine's stop until the last one went on
};

// A save that failed, and of which something could not be undone: a machine stands still, or writes to an overlay that
// its caller does not know. The text says which.
class HalfSaved : public Error {
public:
    using Error::Error;
};

// libvirt reads a megabyte ahead through its I/O helper before it starts QEMU: a saved state begins with so many bytes
// that are all libvirt's.
inline constexpr std::size_t kStateHead = (1U << 20U) + (64U << 10U);

struct RestoreSpec {
    // The new run's machine: run_id, owner, console_log, the cards' switch ports (the switches listen already), kernel
    // and initrd (the same bytes, wherever they are now), disks in the same order and number. A writable disk is an
    // overlay of its own over the frozen file; a card keeps its MAC. The name is the saved one, since libvirt refuses
    // another. Everything else (memory, CPU, command line) stays as it was saved, whatever is said here.
    MachineSpec machine;
    // SaveSpec's bytes. The machine maps the file and never writes to it: its pages are read when the guest first uses
    // them, a page that the guest changes is a copy (a guest that changes all of it takes twice its memory), and the
    // same file may be mapped by several machines.
    std::filesystem::path memory;
    // SaveSpec's file, or a FIFO that somebody writes its bytes into. QEMU is started when kStateHead bytes have been
    // read, and uses the memory when it is given more.
    std::filesystem::path state;
    std::string description;  // SavedMachine's
};

// Thread-safe. Failures are Error(hypervisor), with the reason and the end of QEMU's log.
//
// Saving and restoring need QEMU as this user: Error(usage) on qemu:///system and on other machines, where QEMU runs as
// another user and could not get to the files.
class Hypervisor {
public:
    virtual ~Hypervisor() = default;

    // Starts a machine. When it throws, nothing of the machine is left. A machine outlives this object.
    virtual void start(const MachineSpec& spec, const Context& context) = 0;

    [[nodiscard]] virtual MachineState state(const std::string& name) = 0;

    // For a machine that is paused, shut_off or crashed: one line for a person; else empty.
    [[nodiscard]] virtual std::string why_stopped(const std::string& name) = 0;

    // Stops all machines at one barrier, writes their memory, moves their disks on to the overlays, lets them go on.
    // When it throws, all machines go on where they were and the files made are removed; HalfSaved when that failed,
    // too. The machines are running, and this host's. The frozen disks are written, not yet synced.
    virtual SaveResult save(const std::vector<SaveSpec>& specs, const Context& context) = 0;

    // Takes a save() back whose outcome could not be kept: what the machines have written to the overlays goes into the
    // frozen files, which are theirs again, and the overlays are removed. `specs` are save()'s; memory and state stay
    // the caller's to remove. HalfSaved when it cannot be done for one; it is done for the others.
    virtual void undo_save(const std::vector<SaveSpec>& specs, const Context& context) = 0;

    // Loads all side by side; returns when all are loaded and paused. When it throws, nothing of them is left. A
    // damaged state file is an error where the damage breaks its frame. Changed bytes of the memory are not seen, nor
    // that some of the state's last kilobytes are missing (QEMU's notes on what it wrote): only a digest finds those,
    // so check one before resume(). A FIFO's writer may see a broken pipe when another machine fails, and QEMU stops
    // reading before the end: the rest may be thrown away.
    virtual void restore(const std::vector<RestoreSpec>& specs, const Context& context) = 0;

    // Lets paused machines go on, all at once.
    virtual void resume(const std::vector<std::string>& names) = 0;

    // What saved memory can be loaded by: only where this is the same. One line: QEMU's and libvirt's version and,
    // under KVM, the host's CPU.
    [[nodiscard]] virtual std::string version_key(Acceleration acceleration) = 0;

    // Ends and forgets a machine, whatever its state; nothing when there is none.
    virtual void destroy(const std::string& name) noexcept = 0;

    // The machines of a run, running or not, in the order of their names.
    [[nodiscard]] virtual std::vector<std::string> machines_of(const std::string& run_id) = 0;

    // As the machine's MachineSpec had it; of none when there is no such machine.
    [[nodiscard]] virtual MachineOwner owner_of(const std::string& name) = 0;

    // "libvirt 9.0.0, QEMU 7.2.22, qemu:///embed"
    [[nodiscard]] virtual std::string describe() = 0;
};

}  // namespace crib::hypervisor
