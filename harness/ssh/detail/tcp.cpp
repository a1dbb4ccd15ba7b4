#include "harness/ssh/detail/link.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

namespace crib::ssh::detail {
namespace {

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

std::string place(const Target& target) {
    return fmt::format("{}: SSH at {}:{}", target.node, target.host, target.port);
}

[[noreturn]] void fail(const Target& target, int reason) {
    throw ConnectError(ConnectError::Why::not_yet,
                       fmt::format("{}: {}", place(target), std::generic_category().message(reason)));
}

Addresses look_up(const Target& target) {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const int code = getaddrinfo(target.host.c_str(), std::to_string(target.port).c_str(), &wanted, &found);
    if (code != 0) {
        throw ConnectError(ConnectError::Why::not_yet, fmt::format("{}: {}", place(target), gai_strerror(code)));
    }
    return {found, &freeaddrinfo};
}

// 0 when connected, else the system's reason.
int wait_connected(int fd, const Context& context, const std::function<void()>& while_waiting) {
    while (!context.done()) {
        pollfd poller{fd, POLLOUT, 0};
        const int ready = poll(&poller, 1, 50);
        if (ready < 0 && errno != EINTR) return errno;
        if (ready > 0) {
            int reason = 0;
            socklen_t size = sizeof reason;
            getsockopt(fd, SOL_SOCKET, SO_ERROR, &reason, &size);
            return reason;
        }
        if (while_waiting) while_waiting();
    }
    return ETIMEDOUT;
}

}  // namespace

UniqueFd connect_tcp(const Target& target, const Context& context, const std::function<void()>& while_waiting) {
    const auto addresses = look_up(target);
    int reason = EADDRNOTAVAIL;
    for (const addrinfo* a = addresses.get(); a != nullptr; a = a->ai_next) {
        UniqueFd fd(socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->ai_protocol));
        if (!fd.valid()) fail(target, errno);
        const int on = 1;
        setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        reason = connect(fd.get(), a->ai_addr, a->ai_addrlen) == 0 ? 0 : errno;
        if (reason == EINPROGRESS) reason = wait_connected(fd.get(), context, while_waiting);
        if (reason == 0) return fd;
    }
    fail(target, reason);
}

}  // namespace crib::ssh::detail
