#include "harness/base/input_file.h"

#include "harness/base/file_error.h"
#include "harness/base/size.h"
#include "harness/base/system_error.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

namespace crib {
namespace fs = std::filesystem;
namespace {

using State = OpenedInput::State;

// Of what is no regular file, opening alone may do something: so it is looked at before.
UniqueFd open_quietly(const fs::path& path, struct stat& status) {
    if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (fd.valid() && ::fstat(fd.get(), &status) == 0 && S_ISREG(status.st_mode)) return fd;
    return {};
}

OpenedInput unfit(std::string problem, State state = State::unfit) {
    OpenedInput input;
    input.state = state;
    input.problem = std::move(problem);
    return input;
}

OpenedInput without(const fs::path& path, int error_number) {
    if (is_of_the_machine(error_number)) throw_file_error("read", path, error_number);
    if (error_number == ELOOP) return unfit("is a loop of symbolic links");
    if (error_number != ENOENT) return unfit(fmt::format("cannot be read: {}", std::strerror(error_number)));
    std::error_code none;
    if (fs::is_symlink(path, none)) {
        return unfit(
            fmt::format("is a symbolic link to {}, which is not there", fs::read_symlink(path, none).string()));
    }
    if (!path.empty()) (void)absolute_path(path);  // else nothing is there that is meant from the current folder
    const char* standard_input = path == "-" ? "; standard input is not read" : "";
    return unfit(fmt::format("there is no such file{}", standard_input), State::absent);
}

}  // namespace

const char* type_of_file(unsigned mode) {
    if (S_ISREG(mode)) return "a regular file";
    if (S_ISDIR(mode)) return "a folder";
    if (S_ISFIFO(mode)) return "a FIFO";
    if (S_ISSOCK(mode)) return "a socket";
    return S_ISBLK(mode) ? "a block device" : "a device";
}

OpenedInput try_open_input(const fs::path& path, const InputKind& kind) {
    if (path.native().find('\0') != std::string::npos) return unfit("has a zero byte in its name");
    struct stat status {};
    errno = 0;
    OpenedInput input;
    input.fd = open_quietly(path, status);
    if (!input.fd.valid()) {
        const int error_number = errno;
        if (error_number != 0) return without(path, error_number);
        if (S_ISDIR(status.st_mode)) return unfit(fmt::format("is a folder, not {}", kind.name), State::folder);
        return unfit(fmt::format("is {}, not a regular file", type_of_file(status.st_mode)));
    }
    input.bytes = static_cast<std::uint64_t>(status.st_size);
    if (input.bytes > kind.limit) {
        return unfit(fmt::format("is too large for {}: {}, at most {}", kind.name, to_string(ByteSize{input.bytes}),
                                 to_string(ByteSize{kind.limit})),
                     State::too_large);
    }
    input.state = State::open;
    return input;
}

OpenedInput open_input(const fs::path& path, const InputKind& kind) {
    auto input = try_open_input(path, kind);
    if (input.state == State::open) return input;
    // Its c_str(): an error's text ends at a zero byte.
    throw Error(kind.refusal, fmt::format("{}: {}", path.c_str(), input.problem));
}

std::string read_input(const fs::path& path, const InputKind& kind) {
    const auto input = open_input(path, kind);
    std::string text;
    text.reserve(input.bytes);
    std::vector<char> buffer(1U << 16U);
    for (;;) {
        const auto count = ::read(input.fd.get(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw_file_error("read", path, errno);
        if (count == 0) return text;
        text.append(buffer.data(), static_cast<std::size_t>(count));
        if (text.size() > kind.limit) {  // it grew meanwhile, or is one that says no size
            throw Error(kind.refusal, fmt::format("{}: is too large for {}: at most {}", path.string(), kind.name,
                                                  to_string(ByteSize{kind.limit})));
        }
    }
}

UniqueFd open_regular(const fs::path& path) {
    struct stat status {};
    errno = 0;
    auto fd = open_quietly(path, status);
    if (fd.valid()) return fd;
    if (errno != 0) throw_file_error("read", path, errno);
    if (S_ISDIR(status.st_mode)) throw_file_error("read", path, EISDIR);
    throw Error(ErrorKind::environment, fmt::format("cannot read {}: it is {}, not a regular file", path.string(),
                                                    type_of_file(status.st_mode)));
}

}  // namespace crib
