#pragma once
// What libvirt and QEMU write when they save a machine, piece by piece.

#include "harness/hypervisor/memory_stream.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace crib::hypervisor::stream {

inline constexpr std::uint64_t kPageBytes = 4096;
inline constexpr std::uint64_t kLibvirtHeader = 92;

inline std::string be(std::uint64_t value, int bytes) {
    std::string text;
    for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>(value >> (8U * static_cast<unsigned>(i)) & 0xffU);
    return text;
}

inline std::string name(const std::string& text) {
    return be(text.size(), 1) + text;
}

struct Header {
    std::string magic = "LibvirtQemudSave";
    std::uint32_t version = 2;
    std::uint32_t format = 0;
};

inline const std::string kXml = "<domain type='kvm'>\n  <name>crib-one-master</name>\n</domain>\n";
inline const std::string kCookie = "<cookie>\n  <slirpHelper/>\n</cookie>\n";

inline std::string libvirt_head(const std::string& xml = kXml, const std::string& cookie = kCookie,
                                const Header& header = {}) {
    std::string data = xml + '\0';
    const auto cookie_offset = static_cast<std::uint32_t>(cookie.empty() ? 0 : data.size());
    if (!cookie.empty()) data += cookie + '\0';
    data += std::string(100, '\0');  // libvirt leaves 64 KiB here
    const auto length = static_cast<std::uint32_t>(data.size());
    std::string text = header.magic;
    for (const std::uint32_t number : {header.version, length, 1U, header.format, cookie_offset}) {
        text.append(reinterpret_cast<const char*>(&number), sizeof number);
    }
    return text + std::string(56, '\0') + data;
}

inline std::string qemu_head(const std::string& more = {}) {
    return "QEVM" + be(3, 4) + be(7, 1) + be(14, 4) + "pc-i440fx-test" + more;
}

// A part of the configuration: "uuid", "capabilities", "target-page-bits".
inline std::string configuration(const std::string& part, const std::string& content, std::uint64_t version = 1) {
    return be(5, 1) + name("configuration/" + part) + be(version, 4) + content;
}

inline std::string command(std::uint64_t number, const std::string& payload = {}) {
    return be(8, 1) + be(number, 2) + be(payload.size(), 2) + payload;
}

using Blocks = std::vector<std::pair<std::string, std::uint64_t>>;

inline std::string blocks(const Blocks& all) {
    std::uint64_t total = 0;
    std::string list;
    for (const auto& [block, length] : all) {
        total += length;
        list += name(block) + be(length, 8);
    }
    return be(total | 0x04U, 8) + list;
}

inline std::string page_of(char byte) {
    return std::string(kPageBytes, byte);
}
inline std::string page(const std::string& block, std::uint64_t number, const std::string& content) {
    return be(number * kPageBytes | 0x08U, 8) + name(block) + content;
}
inline std::string next_page(std::uint64_t number, const std::string& content) {
    return be(number * kPageBytes | 0x28U, 8) + content;
}
inline std::string zeros(const std::string& block, std::uint64_t number, char fill = '\0') {
    return be(number * kPageBytes | 0x02U, 8) + name(block) + fill;
}
inline std::string next_zeros(std::uint64_t number, char fill = '\0') {
    return be(number * kPageBytes | 0x22U, 8) + fill;
}

inline std::string footer(std::uint64_t id = 2) {
    return be(0x7e, 1) + be(id, 4);
}
inline std::string first(const std::string& records, const std::string& kind = "ram", std::uint64_t version = 4) {
    return be(1, 1) + be(2, 4) + name(kind) + be(0, 4) + be(version, 4) + records + be(0x10, 8) + footer();
}
inline std::string part(const std::string& records) {
    return be(2, 1) + be(2, 4) + records + be(0x10, 8) + footer();
}
inline std::string last(const std::string& records = {}) {
    return be(3, 1) + be(2, 4) + records + be(0x10, 8) + footer();
}

// The devices are not looked into, so they may look like anything.
inline const std::string kDevices =
    be(4, 1) + be(5, 4) + name("timer") + page("pc.ram", 1, page_of('d')) + std::string(3, '\0');

inline const Blocks kBlocks = {{"pc.ram", 16 * kPageBytes}, {"vga.vram", 2 * kPageBytes}};
inline const Blocks kBlocksOfRest = {{kRamBlock, 16 * kPageBytes}, {"vga.vram", 2 * kPageBytes}};

}  // namespace crib::hypervisor::stream
