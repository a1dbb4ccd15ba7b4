#include "harness/base/held_folder.h"

#include "harness/base/absence.h"
#include "harness/base/file_error.h"
#include "harness/base/system_error.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

namespace crib {
namespace {

namespace fs = std::filesystem;

bool is_plain(const std::string& name) {
    return !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos;
}

struct CloseDir {
    void operator()(DIR* dir) const { ::closedir(dir); }
};

}  // namespace

void require_listable(const fs::path& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd.valid()) return;
    if (errno != ENOENT) throw_file_error("list", path, errno);
    require_no_dangling_link("list", path);
}

std::optional<HeldFolder> HeldFolder::open(const fs::path& path) {
    UniqueFd fd(::open(path.empty() ? "." : path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!fd.valid() && is_of_the_machine(errno)) throw_file_error("open", path, errno);
    if (!fd.valid()) return std::nullopt;
    return HeldFolder(std::move(fd), path);
}

std::optional<HeldFolder> HeldFolder::inside(const std::string& name) const {
    if (!is_plain(name)) return std::nullopt;
    UniqueFd fd(::openat(fd_.get(), name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd.valid() && is_of_the_machine(errno)) throw_file_error("open", path_ / name, errno);
    if (!fd.valid()) return std::nullopt;
    return HeldFolder(std::move(fd), path_ / name);
}

HeldFolder::Look HeldFolder::look(const std::string& name) const {
    struct stat found {};
    if (!is_plain(name)) return {};
    if (::fstatat(fd_.get(), name.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) {
        if (is_of_the_machine(errno)) throw_file_error("look at", path_ / name, errno);
        return {};
    }
    if (S_ISDIR(found.st_mode)) return {Kind::folder, found.st_uid};
    if (S_ISREG(found.st_mode)) return {Kind::file, found.st_uid};
    return {S_ISLNK(found.st_mode) ? Kind::link : Kind::other, found.st_uid};
}

uid_t HeldFolder::owner() const {
    struct stat found {};
    return ::fstat(fd_.get(), &found) == 0 ? found.st_uid : static_cast<uid_t>(-1);
}

int list_names(int folder, std::vector<std::string>& names) {
    UniqueFd fd(::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd.valid()) return errno;
    const std::unique_ptr<DIR, CloseDir> dir(::fdopendir(fd.get()));
    if (!dir) return errno;
    fd.release();
    for (;;) {
        errno = 0;
        // NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is this function's own
        const auto* entry = ::readdir(dir.get());
        if (entry == nullptr) break;
        if (is_plain(entry->d_name)) names.emplace_back(entry->d_name);
    }
    const int problem = errno;
    std::sort(names.begin(), names.end());
    return problem;
}

std::vector<std::string> HeldFolder::names() const {
    std::vector<std::string> names;
    const int problem = list_names(fd_.get(), names);
    if (problem != 0 && problem != ENOENT) throw_file_error("list", path_, problem);
    return names;
}

bool HeldFolder::holds_only(const std::function<bool(const std::string& name)>& known) const {
    std::vector<std::string> names;
    return list_names(fd_.get(), names) == 0 && std::all_of(names.begin(), names.end(), known);
}

std::optional<std::string> HeldFolder::read(const std::string& name, std::uint64_t limit, std::string& problem) const {
    const auto fail = [&](const std::string& why) {
        problem = why;
        return std::nullopt;
    };
    if (!is_plain(name)) return fail("no name of a file");
    const UniqueFd fd(::openat(fd_.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!fd.valid()) {
        if (errno == ENOENT) return fail("it is not there");
        return fail(errno == ELOOP ? "it is a link" : std::strerror(errno));
    }
    struct stat found {};
    if (::fstat(fd.get(), &found) != 0 || !S_ISREG(found.st_mode)) return fail("it is not a regular file");
    std::string text;
    std::string piece(1U << 16U, '\0');
    for (;;) {
        const auto count = ::read(fd.get(), piece.data(), piece.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail(std::strerror(errno));
        if (count == 0) return text;
        text.append(piece.data(), static_cast<std::size_t>(count));
        if (text.size() > limit) return fail(fmt::format("it is larger than the {} bytes that crib writes", limit));
    }
}

fs::path HeldFolder::through() const {
    return fmt::format("/proc/self/fd/{}", fd_.get());
}

bool HeldFolder::is_same_as(const HeldFolder& other) const {
    struct stat mine {};
    struct stat theirs {};
    return ::fstat(fd_.get(), &mine) == 0 && ::fstat(other.fd_.get(), &theirs) == 0 && mine.st_dev == theirs.st_dev &&
           mine.st_ino == theirs.st_ino;
}

}  // namespace crib
