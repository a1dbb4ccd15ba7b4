#include "harness/hypervisor/libvirt/embed_holder.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/printable.h"
#include "harness/base/text.h"

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>
#include <algorithm>
#include <charconv>

namespace crib::hypervisor {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kDriverLock = "driver.pid";  // of each of libvirt's drivers, below run/
constexpr std::size_t kMostColumns = 100;

std::optional<pid_t> holder_of(const fs::path& lock) {
    const UniqueFd fd(::open(lock.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct flock wanted {};
    wanted.l_type = F_RDLCK;
    wanted.l_whence = SEEK_SET;
    if (!fd.valid() || ::fcntl(fd.get(), F_GETLK, &wanted) != 0 || wanted.l_type == F_UNLCK) return std::nullopt;
    if (wanted.l_pid > 0) return wanted.l_pid;
    // A process that cannot be named here, as one of another PID namespace.
    const auto text = read_tail(lock, 32);
    pid_t written = 0;
    std::from_chars(text.data(), text.data() + text.size(), written);
    return written;
}

std::string command_line_of(pid_t process) {
    auto words = read_tail(fmt::format("/proc/{}/cmdline", process), 4096);
    std::replace(words.begin(), words.end(), '\0', ' ');
    return elide(printable(trim(words)), kMostColumns);
}

}  // namespace

std::optional<pid_t> holder_of_embed_root(const fs::path& root) {
    std::error_code problem;
    for (fs::recursive_directory_iterator it(root / "run", problem), end; !problem && it != end;
         it.increment(problem)) {
        if (it->path().filename() != kDriverLock) continue;
        if (const auto holder = holder_of(it->path())) return holder;
    }
    return std::nullopt;
}

void throw_held(const fs::path& root, pid_t holder) {
    const auto line = command_line_of(holder);
    throw Error(ErrorKind::usage,
                fmt::format("the machines below {} are in use by process {}{}", root.string(), holder,
                            line.empty() ? "" : ": " + line),
                fmt::format("wait until it has ended, or end it: kill {}", holder));
}

}  // namespace crib::hypervisor
