#include "harness/checkpoint/file_io.h"

#include "harness/base/error.h"
#include "harness/base/size.h"
#include "harness/base/text.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

namespace crib::checkpoint {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const char* verb, const fs::path& path, int error_number) {
    if (error_number == ENOSPC || error_number == EDQUOT) {
        throw_disk_full(fmt::format("writing {}", path.filename().string()), path.parent_path());
    }
    throw Error(ErrorKind::environment,
                fmt::format("cannot {} {}: {}", verb, path.string(), std::strerror(error_number)));
}

// One look at whether `fd` takes more, of at most 100 ms, so that a cancelled context is noticed.
void wait_writable(int fd, const std::string& what, const Context& context) {
    context.throw_if_done(what);
    pollfd one{fd, POLLOUT, 0};
    ::poll(&one, 1, 100);
}

// What stopped a write to `fd`, if that is no reason to try again.
void bear_with(int error_number, int fd, const std::string& what, const Context& context) {
    if (error_number == EINTR) return;
    if (error_number == EAGAIN || error_number == EWOULDBLOCK) {
        wait_writable(fd, what, context);
        return;
    }
    if (error_number == EPIPE) throw Error(ErrorKind::process, fmt::format("{}: the reader went away", what));
    throw Error(ErrorKind::environment, fmt::format("{}: {}", what, std::strerror(error_number)));
}

}  // namespace

void throw_disk_full(const std::string& what, const fs::path& folder) {
    throw Error(ErrorKind::environment,
                fmt::format("{}: the disk of {} is full ({} free)", what, folder.string(),
                            to_string(ByteSize{free_disk_bytes(folder)})),
                "free some room there (crib cache gc, crib cache rm), or move the caches with --state DIR");
}

UniqueFd open_to_read(const fs::path& path) {
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd.valid()) fail("read", path, errno);
    return fd;
}

UniqueFd create_file(const fs::path& path) {
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!fd.valid()) fail("make", path, errno);
    return fd;
}

UniqueFd create_nameless_file(const fs::path& folder) {
    const auto path = folder / ("crib-" + random_word(12));
    auto fd = create_file(path);
    ::unlink(path.c_str());
    return fd;
}

std::uint64_t size_of(int fd, const fs::path& path) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) fail("read", path, errno);
    return static_cast<std::uint64_t>(status.st_size);
}

std::size_t read_at(int fd, std::uint64_t offset, std::span<char> to, const fs::path& path) {
    std::size_t done = 0;
    while (done < to.size()) {
        const auto count = ::pread(fd, to.data() + done, to.size() - done, static_cast<off_t>(offset + done));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) fail("read", path, errno);
        if (count == 0) break;
        done += static_cast<std::size_t>(count);
    }
    return done;
}

void write_at(int fd, std::uint64_t offset, std::string_view data, const fs::path& path) {
    while (!data.empty()) {
        const auto count = ::pwrite(fd, data.data(), data.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) fail("write", path, errno);
        data.remove_prefix(static_cast<std::size_t>(count));
        offset += static_cast<std::uint64_t>(count);
    }
}

void write_stream(int fd, std::string_view data, const std::string& what, const Context& context) {
    while (!data.empty()) {
        const auto count = ::write(fd, data.data(), data.size());
        if (count < 0) {
            bear_with(errno, fd, what, context);
        } else {
            data.remove_prefix(static_cast<std::size_t>(count));
        }
    }
}

void send_stream(int fd, int from, std::uint64_t offset, std::uint64_t size, const std::string& what,
                 const Context& context) {
    auto at = static_cast<off_t>(offset);
    while (size > 0) {
        const auto count = ::sendfile(fd, from, &at, size);
        if (count < 0) {
            bear_with(errno, fd, what, context);
        } else if (count == 0) {
            throw Error(ErrorKind::environment, fmt::format("{}: the file is shorter than it was", what));
        } else {
            size -= static_cast<std::uint64_t>(count);
        }
    }
}

void sync_file(int fd, const fs::path& path) {
    if (::fsync(fd) != 0) fail("write", path, errno);
}

void sync_folder(const fs::path& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd.valid() || ::fsync(fd.get()) != 0) fail("write", path, errno);
}

NonBlocking::NonBlocking(int fd) : fd_(fd), flags_(::fcntl(fd, F_GETFL)) {
    ::fcntl(fd_, F_SETFL, flags_ | O_NONBLOCK);
}

NonBlocking::~NonBlocking() {
    ::fcntl(fd_, F_SETFL, flags_);
}

bool is_zero(std::string_view data) {
    return data.empty() || (data.front() == '\0' && std::memcmp(data.data(), data.data() + 1, data.size() - 1) == 0);
}

}  // namespace crib::checkpoint
