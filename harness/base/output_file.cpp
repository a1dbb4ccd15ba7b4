#include "harness/base/output_file.h"

#include "harness/base/error.h"
#include "harness/base/fifo.h"
#include "harness/base/file.h"
#include "harness/base/file_error.h"
#include "harness/base/input_file.h"
#include "harness/base/plain_path.h"
#include "harness/base/system_error.h"
#include "harness/base/text.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

namespace crib {
namespace fs = std::filesystem;
namespace {

constexpr int kMostLinks = 40;  // as the kernel's own limit
constexpr unsigned kNewMode = 0644;
constexpr mode_t kAnyWrite = 0222;

struct Target {
    enum class Way { replace, in_place, stream };
    Way way = Way::replace;
    fs::path place;                     // where the links lead
    std::optional<struct stat> before;  // nothing: it is to be made
};

[[noreturn]] void refuse(const fs::path& path, const std::string& why, const std::string& hint = "name another file") {
    throw Error(ErrorKind::usage, fmt::format("cannot write {}: {}", path.c_str(), why), hint);  // no zero byte in it
}

bool may(const fs::path& path, int rights) {
    return ::faccessat(AT_FDCWD, path.c_str(), rights, AT_EACCESS) == 0;
}

// What is there once all links are followed, though the last may lead to what is yet to be made.
fs::path follow(const fs::path& path) {
    auto place = path;
    for (int links = 0; links < kMostLinks; ++links) {
        std::error_code none;
        if (!fs::is_symlink(place, none)) return place;
        place = containing_folder(place) / fs::read_symlink(place, none);
    }
    refuse(path, "it is a loop of symbolic links");
}

// Nothing below these is a file that another could stand for: /dev/stdout leads to whatever the shell has opened.
bool is_of_the_kernel(const fs::path& path) {
    std::error_code none;
    const auto text = plain_path(fs::absolute(path, none)).string();
    return text.starts_with("/proc/") || (text.starts_with("/dev/") && !text.starts_with("/dev/shm/"));
}

// Access lists, capabilities, what users and programs have noted of it; not what the system gives each new file itself.
bool has_attributes_of_its_own(const fs::path& place) {
    const auto size = ::listxattr(place.c_str(), nullptr, 0);
    if (size <= 0) return false;  // none, or a file system without any
    std::string names(static_cast<std::size_t>(size), '\0');
    const auto got = ::listxattr(place.c_str(), names.data(), names.size());
    if (got < 0) return true;  // it was given another one meanwhile
    names.resize(static_cast<std::size_t>(got));
    const auto list = split(names, '\0');
    return std::ranges::any_of(list, [](const std::string& name) {
        const bool is_of_the_system = name.starts_with("security.") || name.starts_with("system.");
        if (is_of_the_system) return name == "security.capability" || name == "system.posix_acl_access";
        return !name.empty();
    });
}

Target::Way way_of(const fs::path& path, const fs::path& place, const struct stat& before) {
    struct stat there {};
    const bool same =
        ::stat(place.c_str(), &there) == 0 && there.st_ino == before.st_ino && there.st_dev == before.st_dev;
    const bool ours = before.st_uid == ::geteuid() || ::geteuid() == 0;
    const bool replaceable = same && ours && before.st_nlink == 1 && !is_of_the_kernel(path) &&
                             !is_of_the_kernel(place) && may(containing_folder(place), W_OK | X_OK) &&
                             !has_attributes_of_its_own(place);
    return replaceable ? Target::Way::replace : Target::Way::in_place;
}

void require_folder(const fs::path& path, const fs::path& place, OutputFile::Folder rule) {
    auto folder = containing_folder(place);
    std::error_code none;
    while (rule == OutputFile::Folder::is_made && !fs::exists(folder, none) && folder != containing_folder(folder)) {
        folder = containing_folder(folder);
    }
    if (!fs::exists(folder, none)) refuse(path, fmt::format("there is no folder {}", folder.string()), "make it first");
    if (!fs::is_directory(folder, none)) refuse(path, fmt::format("{} is no folder", folder.string()));
    if (!may(folder, W_OK | X_OK)) {
        refuse(path, fmt::format("no file can be made in {}: {}", folder.string(), std::strerror(errno)),
               "name a file in a folder that you may write to");
    }
}

Target look(const fs::path& path, OutputFile::Folder rule) {
    if (path.empty()) refuse(path, "its name is empty");
    if (path.native().find('\0') != std::string::npos) refuse(path, "there is a zero byte in its name");
    (void)absolute_path(path);  // nothing can be made in a current folder that is not there any more
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
        if (errno == ELOOP) refuse(path, "it is a loop of symbolic links");
        if (errno != ENOENT) refuse(path, std::strerror(errno));
        if (!path.has_filename()) refuse(path, "it is a folder's name", "name a file in it");
        const auto place = follow(path);
        require_folder(path, place, rule);
        return {Target::Way::replace, place, std::nullopt};
    }
    if (S_ISDIR(status.st_mode)) refuse(path, "it is a folder", "name a file in it");
    if (S_ISSOCK(status.st_mode) || S_ISBLK(status.st_mode)) {
        refuse(path, fmt::format("it is {}", type_of_file(status.st_mode)));
    }
    constexpr const char* kWritable = "make it writable (chmod u+w), or name another file";
    if (S_ISREG(status.st_mode) && (status.st_mode & kAnyWrite) == 0) refuse(path, "it is read-only", kWritable);
    if (!may(path, W_OK)) refuse(path, std::strerror(errno), kWritable);
    if (!S_ISREG(status.st_mode)) return {Target::Way::stream, path, status};
    std::error_code none;
    auto place = fs::canonical(path, none);
    if (none) place = path;
    const auto way = way_of(path, place, status);
    return {way, way == Target::Way::replace ? place : path, status};
}

void write_whole(int fd, std::string_view content, const fs::path& path) {
    while (!content.empty()) {
        const auto count = ::write(fd, content.data(), content.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw_file_error("write", path, errno);
        content.remove_prefix(static_cast<std::size_t>(count));
    }
}

// False: the owner cannot be kept, and nothing was changed.
bool replace(const Target& target, std::string_view content) {
    const auto folder = containing_folder(target.place);
    // Not made from the file's own name, which may be as long as a name can be.
    const auto partial = folder / (".crib-" + random_word(10) + ".partial");
    // Without a name until it is whole, so that nothing is left of it when crib is killed: crib gc knows nothing of the
    // user's folders. Not every file system has such files.
    UniqueFd fd(::open(folder.c_str(), O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600));
    const bool is_nameless = fd.valid();
    if (!is_nameless) fd.reset(::open(partial.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!fd.valid()) throw_file_error("write", target.place, errno);
    const auto own = fmt::format("/proc/self/fd/{}", fd.get());
    const auto give_name = [&] {
        return !is_nameless || ::linkat(AT_FDCWD, own.c_str(), AT_FDCWD, partial.c_str(), AT_SYMLINK_FOLLOW) == 0;
    };
    try {
        write_whole(fd.get(), content, target.place);
        const auto& before = target.before;
        struct stat made {};
        if (before && ::fstat(fd.get(), &made) == 0 &&
            (made.st_uid != before->st_uid || made.st_gid != before->st_gid) &&
            ::fchown(fd.get(), before->st_uid, before->st_gid) != 0) {
            ::unlink(partial.c_str());
            return false;
        }
        const auto mode = before ? before->st_mode & 07777U : kNewMode;
        if (::fchmod(fd.get(), mode) != 0 || ::fsync(fd.get()) != 0 || !give_name() ||
            ::rename(partial.c_str(), target.place.c_str()) != 0) {
            throw_file_error("write", target.place, errno);
        }
        return true;
    } catch (...) {
        ::unlink(partial.c_str());
        throw;
    }
}

void write_in_place(const Target& target, std::string_view content) {
    const UniqueFd fd(::open(target.place.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    struct stat status {};
    if (!fd.valid() || ::fstat(fd.get(), &status) != 0) throw_file_error("write", target.place, errno);
    if (!S_ISREG(status.st_mode)) refuse(target.place, "it was replaced meanwhile", "try again");
    const auto size = static_cast<off_t>(content.size());
    // What was in it is lost from now on: so not before there is room for what comes.
    if (size > status.st_size) {
        const int problem = ::posix_fallocate(fd.get(), status.st_size, size - status.st_size);
        if (problem == ENOSPC || problem == EDQUOT || problem == EFBIG) {
            if (::ftruncate(fd.get(), status.st_size) != 0) throw_file_error("write", target.place, errno);
            throw_file_error("write", target.place, problem);
        }
    }
    write_whole(fd.get(), content, target.place);
    if (::ftruncate(fd.get(), size) != 0 || ::fsync(fd.get()) != 0) throw_file_error("write", target.place, errno);
}

void write_stream(const Target& target, std::string_view content, const Context& context) {
    const auto fd = open_fifo_to_write(target.place, context);
    while (!content.empty()) {
        const auto count = ::write(fd.get(), content.data(), content.size());
        if (count >= 0) {
            content.remove_prefix(static_cast<std::size_t>(count));
        } else if (errno == EAGAIN) {
            wait_writable(fd.get(), fmt::format("writing to {}", target.place.string()), context);
        } else if (errno != EINTR) {
            throw_file_error("write", target.place, errno);
        }
    }
}

}  // namespace

OutputFile::OutputFile(fs::path path, Folder folder) : path_(std::move(path)), folder_(folder) {
    (void)look(path_, folder_);
}

void OutputFile::require_overwritable(const Overwritable& kind) const {
    const auto refuse_to_overwrite = [&](const std::string& why) {
        throw Error(ErrorKind::usage, fmt::format("{} is there, {}, and is not overwritten", path_.c_str(), why),
                    "give another name, or remove it");
    };
    const auto target = look(path_, folder_);
    if (!target.before || !S_ISREG(target.before->st_mode)) return;
    const UniqueFd fd(::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    std::string beginning(kind.bytes, '\0');
    const auto count = fd.valid() ? ::pread(fd.get(), beginning.data(), beginning.size(), 0) : -1;
    if (count < 0) {
        if (is_of_the_machine(errno)) throw_file_error("read", path_, errno);
        refuse_to_overwrite(fmt::format("cannot be read to see if it is a {} ({})", kind.name, std::strerror(errno)));
    }
    beginning.resize(static_cast<std::size_t>(count));
    if (!beginning.empty() && !kind.is_one(beginning)) refuse_to_overwrite(fmt::format("is no {}", kind.name));
}

void OutputFile::write(std::string_view content, const Context& context) const {
    const auto target = look(path_, folder_);
    if (!target.before && folder_ == Folder::is_made) make_folder(containing_folder(target.place));
    switch (target.way) {
        case Target::Way::replace:
            if (!replace(target, content)) write_in_place({Target::Way::in_place, path_, target.before}, content);
            return;
        case Target::Way::in_place:
            return write_in_place(target, content);
        case Target::Way::stream:
            return write_stream(target, content, context);
    }
}

}  // namespace crib
