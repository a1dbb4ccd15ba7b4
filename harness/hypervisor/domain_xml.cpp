#include "harness/hypervisor/domain_xml.h"

#include "harness/base/error.h"
#include "harness/base/plain_path.h"

#include <fmt/format.h>
#include <pugixml.hpp>
#include <sstream>

namespace crib::hypervisor {

namespace {

namespace fs = std::filesystem;
using pugi::xml_node;

xml_node add(xml_node parent, const char* name, const std::string& text = {}) {
    xml_node child = parent.append_child(name);
    if (!text.empty()) child.text().set(text.c_str());
    return child;
}

xml_node set(xml_node node, const char* name, const std::string& value) {
    node.append_attribute(name).set_value(value.c_str());
    return node;
}

std::string full_path(const fs::path& path) {
    return plain_path(fs::absolute(path)).string();
}

void add_metadata(xml_node domain, const MachineSpec& spec) {
    xml_node machine = add(add(domain, "metadata"), "crib:machine");
    set(machine, "xmlns:crib", metadata_namespace);
    set(machine, "run", spec.run_id);
    if (spec.owner.folder.empty()) return;
    set(machine, "folder", spec.owner.folder);
    set(machine, "user", spec.owner.user);
}

void add_boot(xml_node domain, const MachineSpec& spec) {
    xml_node os = add(domain, "os");
    set(set(add(os, "type", "hvm"), "arch", "x86_64"), "machine", "q35");
    add(os, "kernel", full_path(spec.kernel));
    if (!spec.initrd.empty()) add(os, "initrd", full_path(spec.initrd));
    add(os, "cmdline", spec.cmdline);
}

void add_features(xml_node domain, const MachineSpec& spec) {
    xml_node features = add(domain, "features");
    add(features, "acpi");
    add(features, "apic");
    if (spec.acceleration == Acceleration::tcg) {
        const auto mebibytes = std::to_string(kTranslationCache.bytes / ByteSize::mib(1).bytes);
        set(add(add(features, "tcg"), "tb-cache", mebibytes), "unit", "MiB");
    }
}

void add_cpu(xml_node domain, const MachineSpec& spec) {
    const std::string model = spec.cpu_model.empty() ? default_cpu_model(spec.acceleration) : spec.cpu_model;
    xml_node cpu = add(domain, "cpu");
    if (model == "max" || model == "host-passthrough") {
        set(set(cpu, "mode", model == "max" ? "maximum" : model), "check", "none");
        return;
    }
    set(set(set(cpu, "mode", "custom"), "match", "exact"), "check", "none");
    set(add(cpu, "model", model), "fallback", "forbid");
}

void add_events(xml_node domain) {
    set(add(domain, "clock"), "offset", "utc");
    add(domain, "on_poweroff", "destroy");
    add(domain, "on_reboot", "restart");
    add(domain, "on_crash", "destroy");
}

void add_disk(xml_node devices, const DiskSpec& disk, std::size_t index) {
    if (disk.serial.size() > 20) {
        throw Error(ErrorKind::internal, fmt::format("the disk serial {} is longer than 20 characters", disk.serial));
    }
    xml_node node = set(set(add(devices, "disk"), "type", "file"), "device", "disk");
    xml_node driver =
        set(set(add(node, "driver"), "name", "qemu"), "type", disk.format == DiskFormat::raw ? "raw" : "qcow2");
    // A disk of a run is thrown away with it: nothing needs to be safe on a power cut of the host.
    if (!disk.read_only) set(set(driver, "cache", "unsafe"), "discard", "unmap");
    set(add(node, "source"), "file", full_path(disk.file));
    set(set(add(node, "target"), "dev", target_of_disk(index)), "bus", "virtio");
    if (disk.read_only) {
        add(node, "readonly");
        add(node, "shareable");
    }
    if (!disk.serial.empty()) add(node, "serial", disk.serial);
}

void add_nic(xml_node devices, const NicSpec& nic) {
    xml_node node = add(devices, "interface");
    if (nic.switch_port != 0) {
        set(node, "type", "client");
        set(add(node, "mac"), "address", nic.mac);
        set(set(add(node, "source"), "address", "127.0.0.1"), "port", std::to_string(nic.switch_port));
    } else if (!nic.libvirt_network.empty()) {
        set(node, "type", "network");
        set(add(node, "mac"), "address", nic.mac);
        set(add(node, "source"), "network", nic.libvirt_network);
    } else {
        throw Error(ErrorKind::internal, "the network card " + nic.mac + " has no network");
    }
    set(add(node, "model"), "type", "virtio");
}

void add_serial(xml_node devices, const fs::path& log) {
    if (log.empty()) return;
    xml_node serial = set(add(devices, "serial"), "type", "file");
    set(set(add(serial, "source"), "path", full_path(log)), "append", "on");
    set(set(add(serial, "target"), "type", "isa-serial"), "port", "0");
}

void add_devices(xml_node domain, const MachineSpec& spec) {
    xml_node devices = add(domain, "devices");
    for (std::size_t i = 0; i < spec.disks.size(); ++i) add_disk(devices, spec.disks[i], i);
    set(set(add(devices, "controller"), "type", "usb"), "model", "none");
    for (const auto& nic : spec.nics) add_nic(devices, nic);
    add_serial(devices, spec.console_log);
    set(add(add(devices, "video"), "model"), "type", "none");
    set(add(devices, "memballoon"), "model", "none");
    xml_node rng = set(add(devices, "rng"), "model", "virtio");
    set(add(rng, "backend", "/dev/urandom"), "model", "random");
    set(add(devices, "panic"), "model", "isa");
}

}  // namespace

std::string domain_xml(const MachineSpec& spec) {
    pugi::xml_document document;
    xml_node domain = add(document, "domain");
    set(domain, "type", spec.acceleration == Acceleration::kvm ? "kvm" : "qemu");
    add(domain, "name", spec.name);
    add_metadata(domain, spec);
    // Changes when the machine is restored, so that the guest's kernel begins its random numbers anew.
    add(domain, "genid");
    set(add(domain, "memory", std::to_string(spec.memory.bytes >> 10U)), "unit", "KiB");
    add(domain, "vcpu", std::to_string(spec.vcpus));
    add_boot(domain, spec);
    add_features(domain, spec);
    add_cpu(domain, spec);
    add_events(domain);
    add_devices(domain, spec);
    std::ostringstream text;
    document.save(text, "  ", pugi::format_default | pugi::format_no_declaration);
    return text.str();
}

std::string run_id_of_metadata(std::string_view metadata_xml) {
    pugi::xml_document document;
    if (!document.load_buffer(metadata_xml.data(), metadata_xml.size())) return {};
    return document.document_element().attribute("run").value();
}

MachineOwner owner_of_metadata(std::string_view metadata_xml) {
    pugi::xml_document document;
    if (!document.load_buffer(metadata_xml.data(), metadata_xml.size())) return {};
    const auto machine = document.document_element();
    return {machine.attribute("folder").value(), machine.attribute("user").value()};
}

}  // namespace crib::hypervisor
