#include "harness/hypervisor/foreign_xml.h"

#include "harness/base/error.h"

#include <map>
#include <pugixml.hpp>
#include <set>
#include <string>

namespace crib::hypervisor {
namespace {

using pugi::xml_node;

constexpr const char* kEmulator = "/usr/bin/qemu-system-x86_64";

// The children that these elements may have; others may have any, as long as they name no path.
const std::map<std::string_view, std::set<std::string_view>>& children() {
    static const std::map<std::string_view, std::set<std::string_view>> all{
        {"domain",
         {"name", "uuid", "genid", "metadata", "memory", "currentMemory", "vcpu", "resource", "os", "features", "cpu",
          "clock", "on_poweroff", "on_reboot", "on_crash", "pm", "devices", "seclabel"}},
        {"os", {"type", "kernel", "initrd", "cmdline", "boot", "bios"}},
        {"devices",
         {"emulator", "disk", "controller", "interface", "serial", "console", "input", "audio", "video", "memballoon",
          "rng", "panic"}},
        {"disk",
         {"driver", "source", "backingStore", "target", "readonly", "shareable", "serial", "alias", "address", "boot"}},
        {"interface", {"mac", "source", "target", "model", "alias", "address", "mtu", "rom"}},
        {"rng", {"backend", "alias", "address"}}};
    return all;
}

[[noreturn]] void refuse(const std::string& what) {
    throw Error(ErrorKind::usage, "the description of a machine that was sent has " + what,
                "crib does not make such machines: do not run it");
}

bool is(xml_node node, const char* attribute, std::string_view value) {
    return node.attribute(attribute).value() == value;
}

// Places whose path this run's own replaces, and the few that are the same everywhere.
bool may_have_path(xml_node node, bool has_kernel) {
    const std::string_view name = node.name();
    const std::string_view parent = node.parent().name();
    if (name == "kernel" || name == "initrd") return parent == "os" && has_kernel;
    if (name == "cmdline" || name == "partition") return true;
    if (name == "emulator") return std::string_view(node.text().get()) == kEmulator;
    if (name == "backend" && parent == "rng") {
        const std::string_view text = node.text().get();
        return is(node, "model", "random") && (text == "/dev/urandom" || text == "/dev/random");
    }
    return name == "source" && (parent == "disk" || parent == "serial" || parent == "console");
}

void check(xml_node node, bool has_kernel) {
    const std::string name = node.name();
    if (name == "backingStore" && std::string_view(node.parent().name()) == "disk") return;  // never used
    const auto allowed = children().find(name);
    const bool file = name == "disk" || name == "serial" || name == "console";
    const bool device = std::string_view(node.parent().name()) == "devices";
    if (file && device && !is(node, "type", "file")) refuse("a " + name + " that is not a file");
    // libvirt adds this one by itself; one with a label would say as whom QEMU runs.
    if (name == "seclabel" && (!is(node, "type", "dynamic") || !is(node, "model", "dac") || node.first_child())) {
        refuse("a security label of its own");
    }
    if (name == "audio" && !is(node, "type", "none")) refuse("sound");
    if (name == "interface" && !is(node, "type", "client")) refuse("a network card that is not on crib's switch");
    if ((name == "kernel" || name == "initrd" || name == "emulator") && !may_have_path(node, has_kernel)) {
        refuse("another " + name);
    }
    if (name == "backend" && !may_have_path(node, has_kernel)) refuse("another source of randomness");
    const auto check_text = [&](std::string_view text) {
        if (text.find('/') != std::string_view::npos && !may_have_path(node, has_kernel)) refuse("a path in " + name);
    };
    for (const auto& attribute : node.attributes()) {
        if (!std::string_view(attribute.name()).starts_with("xmlns")) check_text(attribute.value());
    }
    for (const xml_node child : node.children()) {
        if (child.type() != pugi::node_element) {
            check_text(child.value());
            continue;
        }
        if (allowed != children().end() && !allowed->second.contains(child.name())) {
            refuse(std::string(child.name()) + " in " + name);
        }
        check(child, has_kernel);
    }
}

}  // namespace

void require_own_form(std::string_view saved_xml, bool has_kernel) {
    pugi::xml_document document;
    if (!document.load_buffer(saved_xml.data(), saved_xml.size()) || !document.child("domain")) {
        refuse("no domain of libvirt's in it");
    }
    check(document.child("domain"), has_kernel);
}

}  // namespace crib::hypervisor
