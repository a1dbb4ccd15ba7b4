#include "harness/hypervisor/saved_xml.h"

#include "harness/base/error.h"
#include "harness/base/plain_path.h"
#include "harness/hypervisor/domain_xml.h"
#include "harness/hypervisor/memory_stream.h"

#include <fmt/format.h>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>
#include <sstream>

namespace crib::hypervisor {

namespace {

namespace fs = std::filesystem;
using pugi::xml_node;

std::string full_path(const fs::path& path) {
    return plain_path(fs::absolute(path)).string();
}

std::string text_of(const pugi::xml_document& document) {
    std::ostringstream text;
    document.save(text, "  ", pugi::format_default | pugi::format_no_declaration);
    return text.str();
}

xml_node parse_domain(pugi::xml_document& document, std::string_view text) {
    if (!document.load_buffer(text.data(), text.size(), pugi::parse_default) || !document.child("domain")) {
        throw Error(ErrorKind::hypervisor, "the description of a saved machine is damaged: it is no libvirt domain");
    }
    return document.child("domain");
}

xml_node child(xml_node parent, const char* name) {
    const xml_node found = parent.child(name);
    return found ? found : parent.append_child(name);
}

void set(xml_node node, const char* name, const std::string& value) {
    pugi::xml_attribute attribute = node.attribute(name);
    if (!attribute) attribute = node.append_attribute(name);
    attribute.set_value(value.c_str());
}

std::vector<xml_node> devices(xml_node domain, const char* kind) {
    const auto found = domain.child("devices").children(kind);
    return {found.begin(), found.end()};
}

DomainDisk disk_of(xml_node node) {
    DomainDisk disk;
    disk.target = node.child("target").attribute("dev").value();
    disk.file = node.child("source").attribute("file").value();
    disk.format =
        std::string_view(node.child("driver").attribute("type").value()) == "raw" ? DiskFormat::raw : DiskFormat::qcow2;
    disk.read_only = !node.child("readonly").empty();
    return disk;
}

// <domainsnapshot><memory .../><disks>...; a disk without an overlay is named too, or libvirt would invent a file for
// it.
std::string snapshot_xml(const fs::path& memory, const std::map<std::string, fs::path>& overlays,
                         const std::vector<DomainDisk>& disks) {
    pugi::xml_document document;
    xml_node snapshot = document.append_child("domainsnapshot");
    xml_node memory_node = snapshot.append_child("memory");
    set(memory_node, "snapshot", memory.empty() ? "no" : "external");
    if (!memory.empty()) set(memory_node, "file", full_path(memory));
    xml_node list = snapshot.append_child("disks");
    for (const auto& disk : disks) {
        xml_node node = list.append_child("disk");
        set(node, "name", disk.target);
        const auto overlay = overlays.find(disk.target);
        set(node, "snapshot", overlay == overlays.end() ? "no" : "external");
        if (overlay == overlays.end()) continue;
        set(node.append_child("driver"), "type", "qcow2");
        set(node.append_child("source"), "file", full_path(overlay->second));
    }
    return text_of(document);
}

// Crib's own words in the metadata.
std::vector<xml_node> own_words(xml_node domain) {
    std::vector<xml_node> found;
    for (const xml_node element : domain.child("metadata").children()) {
        if (std::string_view(element.name()).ends_with(":machine")) found.push_back(element);
    }
    return found;
}

// It may be sent to somebody else.
void forget_owner(xml_node domain) {
    for (xml_node element : own_words(domain)) {
        element.remove_attribute("folder");
        element.remove_attribute("user");
    }
}

void set_run(xml_node domain, const MachineSpec& machine) {
    forget_owner(domain);
    for (const xml_node element : own_words(domain)) {
        set(element, "run", machine.run_id);
        if (machine.owner.folder.empty()) continue;
        set(element, "folder", machine.owner.folder);
        set(element, "user", machine.owner.user);
    }
}

void set_boot_file(xml_node domain, const char* name, const fs::path& file) {
    xml_node node = domain.child("os").child(name);
    if (node && !file.empty()) node.text().set(full_path(file).c_str());
}

void set_disks(xml_node domain, const MachineSpec& machine) {
    const std::vector<xml_node> saved = devices(domain, "disk");
    if (saved.size() != machine.disks.size()) {
        throw Error(ErrorKind::internal, fmt::format("{} was saved with {} disks and is to be restored with {}",
                                                     machine.name, saved.size(), machine.disks.size()));
    }
    for (std::size_t i = 0; i < machine.disks.size(); ++i) {
        const auto node = std::find_if(saved.begin(), saved.end(),
                                       [&](xml_node disk) { return disk_of(disk).target == target_of_disk(i); });
        if (node == saved.end() || disk_of(*node).read_only != machine.disks[i].read_only) {
            throw Error(ErrorKind::internal, fmt::format("{} was saved with no such disk {}, or one that differs in "
                                                         "being read-only",
                                                         machine.name, target_of_disk(i)));
        }
        xml_node disk = *node;
        // The chain that libvirt saw when it saved would win over the one that the new file names.
        disk.remove_child("backingStore");
        xml_node source = child(disk, "source");
        source.remove_children();
        source.remove_attributes();
        set(source, "file", full_path(machine.disks[i].file));
        set(child(disk, "driver"), "type", machine.disks[i].format == DiskFormat::raw ? "raw" : "qcow2");
    }
}

void set_nics(xml_node domain, const MachineSpec& machine) {
    const std::vector<xml_node> saved = devices(domain, "interface");
    if (saved.size() != machine.nics.size()) {
        throw Error(ErrorKind::internal, fmt::format("{} was saved with {} network cards and is to be restored with {}",
                                                     machine.name, saved.size(), machine.nics.size()));
    }
    for (const auto& nic : machine.nics) {
        const auto node = std::find_if(saved.begin(), saved.end(), [&](xml_node card) {
            return card.child("mac").attribute("address").value() == nic.mac;
        });
        if (node == saved.end()) {
            throw Error(ErrorKind::internal, machine.name + " was saved without a network card " + nic.mac);
        }
        xml_node source = child(*node, "source");
        source.remove_attributes();
        if (nic.switch_port != 0) {
            set(*node, "type", "client");
            set(source, "address", "127.0.0.1");
            set(source, "port", std::to_string(nic.switch_port));
        } else {
            set(*node, "type", "network");
            set(source, "network", nic.libvirt_network);
        }
    }
}

// libvirt shows the serial port a second time, as a console; both name the file.
void set_console(xml_node domain, const fs::path& log) {
    for (const char* kind : {"serial", "console"}) {
        for (xml_node node : devices(domain, kind)) {
            if (!log.empty()) set(child(node, "source"), "path", full_path(log));
        }
    }
}

void forget_memory(xml_node domain) {
    while (domain.remove_child("qemu:commandline")) {
    }
    domain.remove_attribute("xmlns:qemu");
}

// The memory as a file of the host, mapped privately. libvirt would choose the file itself and make it anew; QEMU's own
// words name it. Machine options that come later win.
void set_memory(xml_node domain, const fs::path& memory) {
    const auto size = domain.child("memory").text().as_ullong() * 1024;
    const nlohmann::json backend{{"qom-type", "memory-backend-file"},
                                 {"id", kRamBlock},
                                 {"size", size},
                                 {"mem-path", full_path(memory)},
                                 {"share", false},
                                 // Else the block is called "/objects/crib.ram" in what is saved.
                                 {"x-use-canonical-path-for-ramblock-id", false}};
    forget_memory(domain);
    set(domain, "xmlns:qemu", "http://libvirt.org/schemas/domain/qemu/1.0");
    xml_node words = domain.append_child("qemu:commandline");
    for (const auto& word : {std::string("-object"), backend.dump(), std::string("-machine"),
                             std::string("memory-backend=") + kRamBlock}) {
        set(words.append_child("qemu:arg"), "value", word);
    }
}

}  // namespace

std::vector<DomainDisk> disks_of_domain(std::string_view domain_xml) {
    pugi::xml_document document;
    std::vector<DomainDisk> disks;
    for (const xml_node node : devices(parse_domain(document, domain_xml), "disk")) disks.push_back(disk_of(node));
    return disks;
}

std::string description_to_keep(std::string_view domain_xml) {
    pugi::xml_document document;
    xml_node domain = parse_domain(document, domain_xml);
    forget_memory(domain);
    forget_owner(domain);
    return text_of(document);
}

std::string memory_snapshot_xml(const fs::path& memory, const std::vector<DomainDisk>& disks) {
    return snapshot_xml(memory, {}, disks);
}

std::string disk_snapshot_xml(const std::map<std::string, fs::path>& overlays, const std::vector<DomainDisk>& disks) {
    return snapshot_xml({}, overlays, disks);
}

std::string restored_xml(std::string_view saved_xml, const MachineSpec& machine, const fs::path& memory) {
    pugi::xml_document document;
    xml_node domain = parse_domain(document, saved_xml);
    if (domain.child("name").text().get() != machine.name) {
        throw Error(ErrorKind::internal,
                    fmt::format("{} was saved under the name {}", machine.name, domain.child("name").text().get()));
    }
    set_run(domain, machine);
    set_boot_file(domain, "kernel", machine.kernel);
    set_boot_file(domain, "initrd", machine.initrd);
    set_disks(domain, machine);
    set_nics(domain, machine);
    set_console(domain, machine.console_log);
    set_memory(domain, memory);
    return text_of(document);
}

}  // namespace crib::hypervisor
