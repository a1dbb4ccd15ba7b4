#include "harness/base/lock.h"

#include "harness/base/error.h"
#include "harness/base/file_error.h"
#include "harness/base/system_error.h"
#include "harness/base/text.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace crib {
namespace {

// The holder writes into it: so never through a link, nor into anything but a file.
UniqueFd open_lock(const std::filesystem::path& path, const std::filesystem::path& shown) {
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0644));
    if (!fd.valid()) {
        if (errno != ELOOP) throw_file_error("open the lock", shown, errno);
        throw Error(
            ErrorKind::environment,
            fmt::format("cannot open the lock {}: it is a link, which crib does not make there", shown.string()),
            "move it elsewhere");
    }
    struct stat found {};
    if (::fstat(fd.get(), &found) != 0 || !S_ISREG(found.st_mode)) {
        throw Error(ErrorKind::environment, fmt::format("cannot open the lock {}: it is no file", shown.string()),
                    "move it elsewhere");
    }
    return fd;
}

UniqueFd open_to_look(const std::filesystem::path& path) {
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    // What cannot be looked at now is not free for that.
    if (!fd.valid() && is_of_the_machine(errno)) throw_file_error("open the lock", path, errno);
    return fd;
}

// The lock is worth nothing when its file was removed or replaced between open and flock.
bool still_named(int fd, const std::filesystem::path& path) {
    struct stat opened {};
    struct stat named {};
    return ::fstat(fd, &opened) == 0 && ::lstat(path.c_str(), &named) == 0 && opened.st_ino == named.st_ino &&
           opened.st_dev == named.st_dev;
}

void write_holder(int fd) {
    const auto text = fmt::format("{}\n", ::getpid());
    if (::ftruncate(fd, 0) == 0) {
        [[maybe_unused]] const auto written = ::pwrite(fd, text.data(), text.size(), 0);
    }
}

}  // namespace

std::optional<FileLock> FileLock::try_flock(const std::filesystem::path& path, const std::filesystem::path& shown,
                                            int operation) {
    for (;;) {
        auto fd = open_lock(path, shown);
        if (::flock(fd.get(), operation | LOCK_NB) != 0) {
            if (errno == EWOULDBLOCK) return std::nullopt;
            throw_file_error("lock", shown, errno);  // not every file system can
        }
        if (still_named(fd.get(), path)) return FileLock(std::move(fd));
    }
}

std::optional<FileLock> FileLock::try_take(const std::filesystem::path& path) {
    auto lock = try_flock(path, path, LOCK_EX);
    if (lock) write_holder(lock->fd_.get());
    return lock;
}

std::optional<FileLock> FileLock::try_take(const HeldFolder& folder, const std::string& name) {
    auto lock = try_flock(folder.through() / name, folder.path() / name, LOCK_EX);
    if (lock) write_holder(lock->fd_.get());
    return lock;
}

std::optional<FileLock> FileLock::try_share(const std::filesystem::path& path) {
    return try_flock(path, path, LOCK_SH);
}

FileLock FileLock::take(const std::filesystem::path& path, const Context& context,
                        const std::function<void(const std::string& holder)>& on_wait) {
    for (bool told = false;;) {
        if (auto lock = try_take(path)) return std::move(*lock);
        const auto holder = "process " + std::string(trim(read_tail(path, 32)));
        if (!told && on_wait) on_wait(holder);
        told = true;
        context.throw_if_done(fmt::format("waiting for {}, which {} holds", path.filename().string(), holder));
        context.sleep(std::chrono::milliseconds{200});
    }
}

bool FileLock::held(const std::filesystem::path& path) {
    const auto fd = open_to_look(path);
    return fd.valid() && ::flock(fd.get(), LOCK_SH | LOCK_NB) != 0;
}

bool FileLock::in_use(const std::filesystem::path& path) {
    const auto fd = open_to_look(path);
    return fd.valid() && ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0;
}

}  // namespace crib
