#include "harness/hypervisor/libvirt/connect.h"

#include "harness/base/error.h"
#include "harness/hypervisor/libvirt/embed_root.h"
#include "harness/hypervisor/libvirt/limits.h"
#include "harness/hypervisor/libvirt/machines.h"

#include <unistd.h>

#include <cstdlib>

namespace crib::hypervisor {

namespace {

namespace fs = std::filesystem;

fs::path log_folder_of(const std::string& uri) {
    if (uri == "qemu:///system") return "/var/log/libvirt/qemu";
    if (uri != "qemu:///session") return {};
    const char* cache = std::getenv("XDG_CACHE_HOME");
    if (cache != nullptr && cache[0] != '\0') return fs::path(cache) / "libvirt/qemu/log";
    const char* home = std::getenv("HOME");
    return home != nullptr ? fs::path(home) / ".cache/libvirt/qemu/log" : fs::path();
}

// A path as a value of a URI's query.
std::string percent_encoded(const std::string& text) {
    static const char* digits = "0123456789ABCDEF";
    std::string result;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (byte < 0x80 && std::isalnum(byte) != 0) || c == '/' || c == '-' || c == '_' || c == '.';
        if (plain) {
            result += c;
        } else {
            result += {'%', digits[byte >> 4U], digits[byte & 15U]};
        }
    }
    return result;
}

}  // namespace

std::unique_ptr<Hypervisor> connect(const ConnectOptions& options) {
    require_limits_for_libvirt();
    if (options.uri != kEmbeddedUri) {
        return std::make_unique<LibvirtMachines>(options.uri, options.uri, log_folder_of(options.uri));
    }
    if (options.embed_root.empty()) throw Error(ErrorKind::internal, "qemu:///embed needs a root folder");
    prepare_embed_root(options.embed_root, options.shared_cache);
    const fs::path root = short_embed_root(options.embed_root);
    return std::make_unique<LibvirtMachines>("qemu:///embed?root=" + percent_encoded(root.string()), options.uri,
                                             root / "log/qemu");
}

}  // namespace crib::hypervisor
