#include "harness/hypervisor/libvirt/connect.h"

#include "harness/base/error.h"
#include "harness/base/folders.h"
#include "harness/hypervisor/libvirt/embed_holder.h"
#include "harness/hypervisor/libvirt/embed_root.h"
#include "harness/hypervisor/libvirt/error.h"
#include "harness/hypervisor/libvirt/limited_calls.h"
#include "harness/hypervisor/libvirt/limits.h"
#include "harness/hypervisor/libvirt/machines.h"
#include "harness/hypervisor/libvirt/within.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <utility>

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

// Opening has no limit of its own: where a daemon accepts and says nothing, libvirt waits for ever.
std::unique_ptr<Hypervisor> open_within(const ConnectOptions& options, const std::string& uri, const fs::path& logs,
                                        const Asked& asked, const Context& context) {
    const auto what = "connecting to " + options.uri;
    context.throw_if_done(what);
    std::packaged_task<std::unique_ptr<Hypervisor>()> open(
        [uri, logs, shown_as = options.uri] { return std::make_unique<LibvirtMachines>(uri, shown_as, logs); });
    const auto limit = std::min(options.longest_answer, context.remaining());
    const auto give_up = [&](Duration waited) {
        const auto silence = give_up_on(asked, "connecting to it", waited);
        return context.cancelled() ? Error(ErrorKind::cancelled, what + ": cancelled") : silence;
    };
    return std::make_unique<LimitedCalls>(within(context, {limit, {}}, std::move(open), give_up), asked,
                                          CallLimits{options.longest_answer}, context.stop);
}

}  // namespace

std::unique_ptr<Hypervisor> connect(const ConnectOptions& options, const Context& context) {
    require_limits_for_libvirt();
    if (options.uri != kEmbeddedUri) {
        return open_within(options, options.uri, log_folder_of(options.uri), {options.uri, {}}, context);
    }
    if (options.embed_root.empty()) throw Error(ErrorKind::internal, "qemu:///embed needs a root folder");
    prepare_embed_root(options.embed_root, options.shared_cache);
    const fs::path root = short_embed_root(options.embed_root);
    try {
        return open_within(options, "qemu:///embed?root=" + percent_encoded(root.string()), root / "log/qemu",
                           {options.uri, root}, context);
    } catch (const LibvirtError&) {
        if (const auto holder = holder_of_embed_root(root)) throw_held(options.embed_root, *holder);
        throw;
    }
}

}  // namespace crib::hypervisor
