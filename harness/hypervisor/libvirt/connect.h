#pragma once
// Opening libvirt as a Hypervisor.

#include "harness/hypervisor/hypervisor.h"

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

namespace crib::hypervisor {

struct ConnectOptions {
    std::string uri = kEmbeddedUri;      // or qemu:///system, qemu:///session, qemu+ssh://HOST/system, test:///default
    std::filesystem::path embed_root;    // for qemu:///embed: a folder of this run alone, made when missing
    std::filesystem::path shared_cache;  // for qemu:///embed: may be empty; see prepare_embed_root()
    // How long the daemon, or the QEMU that an embedded libvirt asks what it can do, may take to answer.
    Duration longest_answer = std::chrono::minutes(3);
};

// A process can have one embed root open (and then no other qemu:/// connection), and a root is open in
// one process at a time, from its first connection until it ends. The next process that opens it finds
// the machines that run. To end all of a root's machines at once, kill_leftovers() needs no libvirt.
// Error(usage) naming the other process that has the root open; Error(hypervisor) when libvirt cannot be opened;
// Error(environment) when nobody answers, later too. Once the context is cancelled, later calls are waited for less.
[[nodiscard]] std::unique_ptr<Hypervisor> connect(const ConnectOptions& options, const Context& context);

}  // namespace crib::hypervisor
