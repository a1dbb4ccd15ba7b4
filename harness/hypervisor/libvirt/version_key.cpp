#include "harness/hypervisor/libvirt/version_key.h"

#include "harness/base/sha256.h"
#include "harness/hypervisor/libvirt/connection.h"
#include "harness/hypervisor/libvirt/error.h"

#include <fmt/format.h>
#include <pugixml.hpp>
#include <sstream>

namespace crib::hypervisor {

namespace {

std::string version_text(unsigned long number) {
    return fmt::format("{}.{}.{}", number / 1000000, number / 1000 % 1000, number % 1000);
}

// The host's CPU as a guest could see it: model and features. Microcode and clock rate may change.
std::string host_cpu(virConnectPtr connection) {
    const TextHandle text(virConnectGetCapabilities(connection));
    if (!text) throw last_error("asking for the host's CPU");
    pugi::xml_document document;
    document.load_string(text.get());
    pugi::xml_node cpu = document.child("capabilities").child("host").child("cpu");
    cpu.remove_child("microcode");
    while (cpu.remove_child("counter")) continue;
    std::ostringstream description;
    cpu.print(description, "", pugi::format_raw);
    return fmt::format("CPU {} {}", cpu.child("model").text().get(), sha256_hex(description.str()).substr(0, 16));
}

}  // namespace

std::string version_key_of(virConnectPtr connection, Acceleration acceleration) {
    unsigned long library = 0;
    unsigned long emulator = 0;
    if (virGetVersion(&library, nullptr, nullptr) != 0 || virConnectGetVersion(connection, &emulator) != 0) {
        throw last_error("asking for the hypervisor's version");
    }
    const std::string key = fmt::format("QEMU {}, libvirt {}", version_text(emulator), version_text(library));
    return acceleration == Acceleration::kvm ? key + ", " + host_cpu(connection) : key;
}

}  // namespace crib::hypervisor
