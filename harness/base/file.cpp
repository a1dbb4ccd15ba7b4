#include "harness/base/file.h"

#include "harness/base/absence.h"
#include "harness/base/error.h"
#include "harness/base/file_error.h"
#include "harness/base/growth.h"
#include "harness/base/input_file.h"
#include "harness/base/text.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>
#include <vector>

namespace crib {
namespace fs = std::filesystem;
namespace {

void write_whole(int fd, std::string_view content, const fs::path& path) {
    while (!content.empty()) {
        const auto written = ::write(fd, content.data(), content.size());
        if (written < 0) {
            if (errno == EINTR) continue;
            throw_file_error("write", path, errno);
        }
        content.remove_prefix(static_cast<std::size_t>(written));
    }
}

// No further than some bytes more than `most`: it may grow while it is read, and those of /proc need not end.
std::string read_up_to(int fd, const fs::path& path, std::uint64_t most) {
    std::string text;
    std::vector<char> buffer(1U << 16U);
    for (;;) {
        const auto count = ::read(fd, buffer.data(), buffer.size());
        if (count < 0) {
            if (errno == EINTR) continue;
            if (errno == ESRCH) return text;  // of /proc: the process has ended since
            throw_file_error("read", path, errno);
        }
        if (count == 0) return text;
        text.append(buffer.data(), static_cast<std::size_t>(count));
        if (text.size() > most) return text;
    }
}

}  // namespace

std::string read_file(const fs::path& path, std::uint64_t limit) {
    const auto fd = open_regular(path);
    auto text = read_up_to(fd.get(), path, limit);
    if (text.size() <= limit) return text;
    throw Error(ErrorKind::environment,
                fmt::format("{} is larger than the {} bytes that are read of such a file", path.string(), limit));
}

void write_file(const fs::path& path, std::string_view content, unsigned mode) {
    const fs::path partial = path.string() + ".partial-" + random_word(6);
    UniqueFd fd(::open(partial.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    if (!fd.valid()) throw_file_error("write", path, errno);
    try {
        write_whole(fd.get(), content, path);
        if (::fchmod(fd.get(), mode) != 0 || ::fsync(fd.get()) != 0) throw_file_error("write", path, errno);
        fd.reset();
        if (::rename(partial.c_str(), path.c_str()) != 0) throw_file_error("write", path, errno);
    } catch (...) {
        ::unlink(partial.c_str());
        throw;
    }
}

std::optional<WallTime> changed_at(const fs::path& file) {
    struct stat found {};
    if (::lstat(file.c_str(), &found) != 0) return std::nullopt;
    return std::chrono::system_clock::from_time_t(found.st_mtim.tv_sec) +
           std::chrono::nanoseconds{found.st_mtim.tv_nsec};
}

void set_changed_at(const fs::path& file, WallTime when) noexcept {
    const auto since = when.time_since_epoch();
    const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
    timespec time{};
    time.tv_sec = seconds.count();
    time.tv_nsec = std::chrono::duration_cast<std::chrono::nanoseconds>(since - seconds).count();
    const std::array<timespec, 2> times{time, time};
    ::utimensat(AT_FDCWD, file.c_str(), times.data(), 0);
}

void append_file(const fs::path& path, std::string_view content) {
    const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0644));
    if (!fd.valid()) throw_file_error("write", path, errno);
    write_whole(fd.get(), content, path);
}

std::string read_tail(const fs::path& path, std::size_t limit) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    struct stat status {};
    if (!fd.valid() || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
    const auto size = ::lseek(fd.get(), 0, SEEK_END);
    const auto wanted = static_cast<off_t>(limit);
    ::lseek(fd.get(), size > wanted ? size - wanted : 0, SEEK_SET);
    auto text = read_up_to(fd.get(), path, limit + kMostGrown);
    if (text.size() > limit) text.erase(0, text.size() - limit);
    return text;
}

void make_folder(const fs::path& path, unsigned mode) {
    std::error_code problem;
    fs::create_directories(path, problem);
    if (problem) {
        require_no_dangling_link("make the folder", path);
        // What it lies in was made, or was there: it is a file system that takes no folders, or has just gone.
        if (problem == std::errc::no_such_file_or_directory) {
            throw Error(ErrorKind::environment,
                        fmt::format("cannot make the folder {}: {}", path.string(), problem.message()),
                        "no folders can be made there, as below /proc: keep crib's files elsewhere: --state DIR");
        }
        throw_file_error("make the folder", path, problem.value());
    }
    if (mode != 0755 && ::chmod(path.c_str(), mode) != 0) throw_file_error("set the rights of", path, errno);
}

fs::path containing_folder(const fs::path& file) {
    return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

bool is_below(const fs::path& file, const fs::path& folder) {
    return std::mismatch(folder.begin(), folder.end(), file.begin(), file.end()).first == folder.end();
}

std::uint64_t free_disk_bytes(const fs::path& path) {
    fs::path existing = path;
    while (!fs::exists(existing) && existing.has_parent_path() && existing != existing.parent_path()) {
        existing = existing.parent_path();
    }
    return fs::space(existing).available;
}

TempFolder::TempFolder(const fs::path& parent, std::string_view prefix) {
    std::string name = (parent / (std::string(prefix) + "-XXXXXX")).string();
    if (::mkdtemp(name.data()) == nullptr) throw_file_error("make a temporary folder in", parent, errno);
    path_ = name;
}

TempFolder::~TempFolder() {
    if (!path_.empty() && !kept_) remove_all_quietly(path_);
}

TempFolder::TempFolder(TempFolder&& other) noexcept : path_(std::exchange(other.path_, {})), kept_(other.kept_) {}

void UniqueFd::reset(int fd) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
}

}  // namespace crib
