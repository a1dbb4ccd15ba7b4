#include "harness/checkpoint/file_io.h"

#include "harness/base/absence.h"
#include "harness/base/error.h"
#include "harness/base/fifo.h"
#include "harness/base/file_error.h"
#include "harness/base/system_error.h"
#include "harness/base/text.h"
#include "harness/checkpoint/entry.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace crib::checkpoint {
namespace {

namespace fs = std::filesystem;

// What stopped a write to `fd`, if that is no reason to try again.
void bear_with(int error_number, int fd, const std::string& what, const Context& context) {
    if (error_number == EINTR) return;
    if (error_number == EAGAIN || error_number == EWOULDBLOCK) {
        wait_writable(fd, what, context);
        return;
    }
    if (error_number == EPIPE) throw Error(ErrorKind::process, fmt::format("{}: the reader went away", what));
    throw Error(ErrorKind::environment, fmt::format("{}: {}", what, std::strerror(error_number)),
                hint_for(error_number));
}

}  // namespace

UniqueFd open_to_read(const fs::path& path) {
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd.valid()) throw_file_error("read", path, errno);
    return fd;
}

UniqueFd open_part(const fs::path& path) {
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd.valid()) throw_missing_part(path, errno);
    return fd;
}

void throw_missing_part(const fs::path& path, int error_number) {
    // A folder that was moved, or is not mounted now, comes back with all that was in it; what a link leads to as well.
    if (error_number == ENOENT) require_no_dangling_link("read", path);
    std::error_code problem;
    if (error_number == ENOENT && fs::is_directory(path.parent_path(), problem)) {
        throw Damage("it is missing in the store");
    }
    throw_file_error("read", path, error_number);
}

UniqueFd open_to_write(const fs::path& path) {
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    if (!fd.valid()) throw_file_error("write", path, errno);
    return fd;
}

UniqueFd create_file(const fs::path& path) {
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!fd.valid()) throw_file_error("make", path, errno);
    return fd;
}

UniqueFd create_nameless_file(const fs::path& folder) {
    UniqueFd fd(::open(folder.c_str(), O_RDWR | O_TMPFILE | O_CLOEXEC, 0600));
    if (fd.valid()) return fd;
    const auto path = folder / ("crib-" + random_word(12));  // a file system that cannot
    fd = create_file(path);
    ::unlink(path.c_str());
    return fd;
}

void set_length(int fd, std::uint64_t bytes, const fs::path& path) {
    if (::ftruncate(fd, static_cast<off_t>(bytes)) != 0) throw_file_error("write", path, errno);
}

void allocate(int fd, std::uint64_t offset, std::uint64_t bytes, const fs::path& path) {
    const int problem = ::posix_fallocate(fd, static_cast<off_t>(offset), static_cast<off_t>(bytes));
    if (problem != 0) throw_file_error("write", path, problem);
}

std::uint64_t size_of(int fd, const fs::path& path) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) throw_file_error("read", path, errno);
    return static_cast<std::uint64_t>(status.st_size);
}

std::size_t read_at(int fd, std::uint64_t offset, std::span<char> to, const fs::path& path) {
    std::size_t done = 0;
    while (done < to.size()) {
        const auto count = ::pread(fd, to.data() + done, to.size() - done, static_cast<off_t>(offset + done));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw_file_error("read", path, errno);
        if (count == 0) break;
        done += static_cast<std::size_t>(count);
    }
    return done;
}

void write_at(int fd, std::uint64_t offset, std::string_view data, const fs::path& path) {
    while (!data.empty()) {
        const auto count = ::pwrite(fd, data.data(), data.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw_file_error("write", path, errno);
        data.remove_prefix(static_cast<std::size_t>(count));
        offset += static_cast<std::uint64_t>(count);
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
    if (::fsync(fd) != 0) throw_file_error("write", path, errno);
}

void sync_folder(const fs::path& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd.valid() || ::fsync(fd.get()) != 0) throw_file_error("write", path, errno);
}

bool is_zero(std::string_view data) {
    return data.empty() || (data.front() == '\0' && std::memcmp(data.data(), data.data() + 1, data.size() - 1) == 0);
}

}  // namespace crib::checkpoint
