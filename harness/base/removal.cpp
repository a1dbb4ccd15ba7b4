#include "harness/base/removal.h"

#include "harness/base/error.h"
#include "harness/base/shown_word.h"
#include "harness/base/system_error.h"
#include "harness/base/text.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace crib {
namespace {

namespace fs = std::filesystem;

constexpr int kMostRounds = 64;  // through folders that somebody still writes to

struct Identity {
    dev_t device = 0;
    ino_t inode = 0;
    bool operator==(const Identity&) const = default;
};

std::optional<Identity> identity_of(int fd) {
    struct stat found {};
    if (::fstat(fd, &found) != 0) return std::nullopt;
    return Identity{found.st_dev, found.st_ino};
}

// Also for a mount of the same file system, which its device number does not tell.
bool is_mount_point(int fd) {
    struct statx found {};
    if (::statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &found) != 0) return false;
    return (found.stx_attributes & found.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0;
}

// Goes down and up again with one descriptor at a time, however deep the tree is.
class Removing {
public:
    Removing(const HeldFolder& top, std::vector<std::string> last, std::optional<Identity> proven)
        : top_(top), last_(std::move(last)), proven_(proven) {}

    Removal run(const std::string& name) {
        if (!back_to_top() || !may_go(name) || !take(name)) return failed();
        while (!levels_.empty()) {
            auto& left = levels_.back().left;
            if (left.empty()) {
                if (!leave()) return failed();
                continue;
            }
            const auto next = std::move(left.back());
            left.pop_back();
            if (!take(next)) return failed();
        }
        return {true, {}};
    }

private:
    struct Level {
        std::string name;
        Identity identity;
        std::vector<std::string> left;
    };

    [[nodiscard]] Removal failed() const { return {false, problem_, cure_}; }
    [[nodiscard]] fs::path where() const {
        auto path = top_.path();
        for (const auto& level : levels_) path /= level.name;
        return path;
    }
    bool fail(const std::string& name, const std::string& why) {
        problem_ = fmt::format("{}: {}", (name.empty() ? where() : where() / name).string(), why);
        return false;
    }

    bool fail_by(const std::string& name, int error_number, const std::string& what = {}) {
        if (is_of_the_machine(error_number)) cure_ = hint_for(error_number);
        return fail(name, what + std::strerror(error_number));
    }

    bool back_to_top() {
        current_.reset(::openat(top_.fd(), ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
        const auto identity = current_.valid() ? identity_of(current_.get()) : std::nullopt;
        if (!identity) return fail_by("", errno);
        device_ = identity->device;
        return true;
    }

    // Looked at before anything in it goes: what its folder does not give away stays whole.
    bool may_go(const std::string& name) {
        const auto objection = objection_to_removal(top_);
        struct stat found {};
        if (objection.empty()) return true;
        if (::fstatat(top_.fd(), name.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT) return true;
        cure_ = cure_of_objection(top_);
        return fail(name, objection);
    }

    // What is no folder is gone then, a folder is entered.
    bool take(const std::string& name) {
        struct stat found {};
        if (::fstatat(current_.get(), name.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) {
            return errno == ENOENT || fail_by(name, errno);
        }
        if (levels_.empty() && proven_ && proven_ != Identity{found.st_dev, found.st_ino}) {
            return fail(name, "something else has taken its place");
        }
        if (S_ISDIR(found.st_mode)) return enter(name);
        if (::unlinkat(current_.get(), name.c_str(), 0) == 0 || errno == ENOENT) return true;
        return fail_by(name, errno);
    }

    bool enter(const std::string& name) {
        UniqueFd fd(::openat(current_.get(), name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!fd.valid()) return errno == ENOENT || fail_by(name, errno);
        const auto identity = identity_of(fd.get());
        if (!identity) return fail_by(name, errno);
        if (identity->device != device_ || is_mount_point(fd.get())) {
            return fail(name, "another file system is mounted there");
        }
        if (levels_.empty() && proven_ && proven_ != identity) return fail(name, "something else has taken its place");
        make_writable(fd.get());
        current_ = std::move(fd);
        levels_.push_back({name, *identity, {}});
        return list();
    }

    // Read-only folders, as in a Go module cache, are about to go.
    static void make_writable(int fd) {
        struct stat found {};
        if (::fstat(fd, &found) != 0 || (found.st_mode & S_IRWXU) == S_IRWXU) return;
        ::chmod(fmt::format("/proc/self/fd/{}", fd).c_str(), (found.st_mode & 07777U) | S_IRWXU);
    }

    bool list() {
        auto& left = levels_.back().left;
        const int problem = list_names(current_.get(), left);
        if (problem != 0 && problem != ENOENT) return fail_by("", problem, "it cannot be listed: ");
        if (levels_.size() > 1) return true;
        // Taken from the end.
        std::stable_partition(left.begin(), left.end(), [&](const std::string& name) {
            return std::find(last_.begin(), last_.end(), name) != last_.end();
        });
        return true;
    }

    bool leave() {
        const auto done = std::move(levels_.back());
        levels_.pop_back();
        if (levels_.empty()) {
            if (!back_to_top()) return false;
        } else {
            UniqueFd up(::openat(current_.get(), "..", O_PATH | O_DIRECTORY | O_CLOEXEC));
            if (!up.valid() || identity_of(up.get()) != levels_.back().identity) {
                return fail(done.name, "it was moved while it was being removed");
            }
            current_ = std::move(up);
        }
        struct stat found {};
        if (::fstatat(current_.get(), done.name.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) {
            return errno == ENOENT || fail_by(done.name, errno);
        }
        if (Identity{found.st_dev, found.st_ino} != done.identity) {
            return fail(done.name, "something else has taken its place");
        }
        if (::unlinkat(current_.get(), done.name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) return true;
        if ((errno == ENOTEMPTY || errno == EEXIST) && ++rounds_ < kMostRounds) return enter(done.name);
        return fail_by(done.name, errno);
    }

    const HeldFolder& top_;
    std::vector<std::string> last_;
    std::optional<Identity> proven_;
    UniqueFd current_;
    dev_t device_ = 0;
    std::vector<Level> levels_;
    int rounds_ = 0;
    std::string problem_;
    std::string cure_;
};

Removal remove(const HeldFolder& folder, const std::string& name, const HeldFolder* proven,
               const std::vector<std::string>& last) noexcept {
    try {
        if (proven != nullptr && !identity_of(proven->fd())) return {false, "what was looked at is gone"};
        if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos) {
            return {false, fmt::format("{}: no name of something in a folder", (folder.path() / name).string())};
        }
        return Removing(folder, last, proven == nullptr ? std::nullopt : identity_of(proven->fd())).run(name);
    } catch (const std::exception& error) {
        return {false, error.what()};
    }
}

}  // namespace

std::string objection_to_removal(const HeldFolder& folder) {
    if (::faccessat(folder.fd(), ".", W_OK | X_OK, AT_EACCESS) == 0) return {};
    return fmt::format("its folder may not be changed: {}", std::strerror(errno));
}

std::string cure_of_objection(const HeldFolder& folder) {
    if (::faccessat(folder.fd(), ".", W_OK | X_OK, AT_EACCESS) == 0) return {};
    if (errno != EACCES || folder.owner() != ::geteuid()) return hint_for(errno);
    return "give yourself the right to change it: chmod u+w " + shown_word(folder.path().string());
}

Removal remove_from(const HeldFolder& folder, const std::string& name) noexcept {
    return remove(folder, name, nullptr, {});
}

Removal remove_proven(const HeldFolder& folder, const std::string& name, const HeldFolder& proven,
                      const std::vector<std::string>& last) noexcept {
    return remove(folder, name, &proven, last);
}

bool remove_all_quietly(const fs::path& path) noexcept {
    try {
        const auto whole = path.has_filename() ? path : path.parent_path();
        const auto folder = HeldFolder::open(whole.parent_path());
        if (!folder) return errno == ENOENT || errno == ENOTDIR;
        return remove_from(*folder, whole.filename().string()).gone;
    } catch (const std::exception&) {
        return false;
    }
}

std::uint64_t disk_bytes(const fs::path& path) noexcept {
    try {
        struct stat found {};
        if (::lstat(path.c_str(), &found) != 0) return 0;
        auto sum = static_cast<std::uint64_t>(found.st_blocks) * 512;
        if (!S_ISDIR(found.st_mode)) return sum;
        std::error_code problem;
        for (fs::recursive_directory_iterator it(path, fs::directory_options::skip_permission_denied, problem), end;
             !problem && it != end; it.increment(problem)) {
            if (::lstat(it->path().c_str(), &found) == 0) sum += static_cast<std::uint64_t>(found.st_blocks) * 512;
        }
        return sum;
    } catch (const std::exception&) {
        return 0;
    }
}

}  // namespace crib
