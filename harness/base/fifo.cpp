#include "harness/base/fifo.h"

#include "harness/base/file_error.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>

#include <cerrno>
#include <chrono>
#include <csignal>

namespace crib {
namespace {

bool wait_for(int fd, short event, const std::string& what, const Context& context) {
    constexpr int kMilliseconds = 100;
    context.throw_if_done(what);
    pollfd one{fd, event, 0};
    return ::poll(&one, 1, kMilliseconds) > 0;
}

}  // namespace

void block_sigpipe() {
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

// Opening it to write waits for its reader, without a deadline: so it is tried until there is one.
UniqueFd open_fifo_to_write(const std::filesystem::path& path, const Context& context) {
    for (;;) {
        UniqueFd fd(::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
        if (fd.valid()) return fd;
        if (errno != ENXIO && errno != EINTR) throw_file_error("write", path, errno);
        context.throw_if_done(fmt::format("waiting for somebody to read {}", path.string()));
        context.sleep(std::chrono::milliseconds{5});
    }
}

bool wait_readable(int fd, const std::string& what, const Context& context) {
    return wait_for(fd, POLLIN, what, context);
}

bool wait_writable(int fd, const std::string& what, const Context& context) {
    return wait_for(fd, POLLOUT, what, context);
}

}  // namespace crib
