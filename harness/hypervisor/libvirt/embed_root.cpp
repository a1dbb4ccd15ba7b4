#include "harness/hypervisor/libvirt/embed_root.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/plain_path.h"
#include "harness/base/removal.h"
#include "harness/base/sha256.h"
#include "harness/base/temporary_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include <optional>

namespace crib::hypervisor {

namespace {

namespace fs = std::filesystem;

// Below a root: /lib/qemu/domain-12345-20 characters of name/monitor.sock, in 107 bytes.
constexpr std::size_t longest_root = 107 - 54;

// Without these libvirt asks QEMU for its abilities at each call, or needs rights that crib has not.
std::string qemu_conf() {
    std::string text =
        "# Written by crib.\n"
        "security_driver = \"none\"\n"
        "cgroup_controllers = []\n"
        "namespaces = []\n"
        "stdio_handler = \"file\"\n"
        "remember_owner = 0\n"
        "dynamic_ownership = 0\n";
    // As root: QEMU reads the run's private files and /dev/kvm as root does.
    if (::geteuid() == 0) text += "user = \"+0\"\ngroup = \"+0\"\n";
    return text;
}

fs::path links_folder() {
    return temporary_folder() / fmt::format("crib-{}", ::geteuid());
}

// Nobody else may have made it: the link decides where this user's machines live.
std::optional<HeldFolder> private_folder(const fs::path& folder) {
    const auto root = HeldFolder::open(folder.parent_path());
    auto held = root ? root->inside(folder.filename().string()) : std::nullopt;
    struct stat found {};
    if (held && ::fstat(held->fd(), &found) == 0 && found.st_uid == ::geteuid() && (found.st_mode & 0077U) == 0) {
        return held;
    }
    return std::nullopt;
}

// False: somebody has removed it meanwhile.
bool make_private_folder(const fs::path& folder) {
    ::mkdir(folder.c_str(), 0700);
    if (private_folder(folder)) return true;
    struct stat now {};
    if (::lstat(folder.c_str(), &now) != 0) return false;
    if (S_ISDIR(now.st_mode) && now.st_uid == ::geteuid() && (now.st_mode & 0077U) == 0)
        return false;  // and made again
    throw Error(ErrorKind::environment, folder.string() + " is not a private folder of this user",
                "remove it, or use --state with a shorter path");
}

}  // namespace

void prepare_embed_root(const fs::path& root, const fs::path& shared_cache) {
    make_folder(root, 0700);
    make_folder(root / "etc");
    make_folder(root / "log");
    write_file(root / "etc/qemu.conf", qemu_conf());
    std::error_code ignored;
    const fs::path learnt = root / "cache/qemu/capabilities";
    if (shared_cache.empty() || fs::exists(fs::symlink_status(learnt, ignored))) return;
    make_folder(shared_cache);
    make_folder(learnt.parent_path());
    fs::create_directory_symlink(fs::absolute(shared_cache), learnt, ignored);
}

fs::path embed_link(const fs::path& absolute_root) {
    return links_folder() / sha256_hex(absolute_root.string()).substr(0, 12);
}

fs::path short_embed_root(const fs::path& root) {
    const fs::path absolute = plain_path(fs::absolute(root));
    if (absolute.string().size() <= longest_root) return absolute;
    const fs::path link = embed_link(absolute);
    auto failure = std::make_error_code(std::errc::no_such_file_or_directory);
    // Another crib that ends removes the folder of links when it is empty: then it is made again.
    for (int tries = 0; tries < 100; ++tries) {
        if (!make_private_folder(links_folder())) continue;
        if (fs::read_symlink(link, failure) == absolute) return link;
        if (fs::is_symlink(fs::symlink_status(link, failure))) fs::remove(link, failure);
        fs::create_directory_symlink(absolute, link, failure);
        if (failure != std::errc::no_such_file_or_directory) break;
    }
    if (failure) {
        throw Error(ErrorKind::environment, fmt::format("cannot make {}: {}", link.string(), failure.message()),
                    "use --state with a shorter path");
    }
    return link;
}

void forget_embed_root(const fs::path& root) noexcept {
    try {
        std::error_code ignored;
        const fs::path absolute = plain_path(fs::absolute(root));
        const fs::path link = embed_link(absolute);
        if (fs::read_symlink(link, ignored) == absolute) fs::remove(link, ignored);
        ::rmdir(links_folder().c_str());  // only when empty
    } catch (const std::exception&) {
        // A link that stays is harmless: it points nowhere.
    }
}

void forget_ended_embed_roots() noexcept {
    try {
        const auto links = private_folder(links_folder());
        if (!links) return;
        for (const auto& name : links->names()) {
            std::error_code ignored;
            const auto target = fs::read_symlink(links->through() / name, ignored);
            // Only a link that embed_link() would have made.
            if (ignored || embed_link(target).filename() != name || fs::exists(target, ignored)) continue;
            remove_from(*links, name);
        }
    } catch (const std::exception&) {
        // A link that stays is harmless: it points nowhere.
    }
}

}  // namespace crib::hypervisor
