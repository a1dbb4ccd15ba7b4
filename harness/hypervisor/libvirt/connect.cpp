#include "harness/hypervisor/libvirt/connect.h"

#include "harness/base/error.h"
#include "harness/base/folders.h"
#include "harness/hypervisor/libvirt/embed_holder.h"
#include "harness/hypervisor/libvirt/embed_root.h"
#include "harness/hypervisor/libvirt/error.h"
#include "harness/hypervisor/libvirt/limits.h"
#include "harness/hypervisor/libvirt/machines.h"

#include <unistd.h>

#include <cctype>

namespace crib::hypervisor {

namespace {

namespace fs = std::filesystem;

fs::path log_folder_of(const std::string& uri) {
    if (uri == "qemu:///system") return "/var/log/libvirt/qemu";
    if (uri != "qemu:///session") return {};
    return user_folder("XDG_CACHE_HOME", ".cache") / "libvirt/qemu/log";
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
    try {
        return std::make_unique<LibvirtMachines>("qemu:///embed?root=" + percent_encoded(root.string()), options.uri,
                                                 root / "log/qemu");
    } catch (const LibvirtError&) {
        if (const auto holder = holder_of_embed_root(root)) throw_held(options.embed_root, *holder);
        throw;
    }
}

}  // namespace crib::hypervisor
