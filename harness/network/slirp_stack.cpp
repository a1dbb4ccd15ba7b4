#include "harness/network/slirp_stack.h"

#include "harness/base/error.h"
#include "harness/network/switch_log.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <slirp/libslirp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <set>

namespace crib::network {
namespace {

in_addr to_in_addr(Ipv4 address) {
    return in_addr{htonl(address.number)};
}

constexpr int forward_backlog = 64;

int to_poll(int slirp_events) {
    int events = 0;
    if ((slirp_events & SLIRP_POLL_IN) != 0) events |= POLLIN;
    if ((slirp_events & SLIRP_POLL_OUT) != 0) events |= POLLOUT;
    if ((slirp_events & SLIRP_POLL_PRI) != 0) events |= POLLPRI;
    return events;  // poll() reports errors and hang-ups unasked
}

int from_poll(int events) {
    int slirp_events = 0;
    if ((events & POLLIN) != 0) slirp_events |= SLIRP_POLL_IN;
    if ((events & POLLOUT) != 0) slirp_events |= SLIRP_POLL_OUT;
    if ((events & POLLPRI) != 0) slirp_events |= SLIRP_POLL_PRI;
    if ((events & POLLERR) != 0) slirp_events |= SLIRP_POLL_ERR;
    if ((events & POLLHUP) != 0) slirp_events |= SLIRP_POLL_HUP;
    return slirp_events;
}

}  // namespace

struct SlirpStack::State {
    std::function<void(Bytes)> on_frame;
    GatewayAddresses own;
    SlirpCb callbacks{};
    Slirp* slirp = nullptr;
    std::set<int> listeners;

    ~State() {
        if (slirp != nullptr) slirp_cleanup(slirp);
    }
};

namespace {

// libslirp's callbacks get the `opaque` given to slirp_new: the std::function that takes frames.
ssize_t send_packet(const void* data, size_t size, void* opaque) {
    const auto& on_frame = *static_cast<std::function<void(Bytes)>*>(opaque);
    on_frame(Bytes(static_cast<const std::uint8_t*>(data), size));
    return static_cast<ssize_t>(size);
}

void guest_error(const char* message, void*) {
    log_line(fmt::format("gateway: {}", message));
}

int64_t clock_get_ns(void*) {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

// slirp's only timers are for IPv6 router advertisements, which are off.
void* timer_new(SlirpTimerId, void*, void* opaque) {
    return opaque;
}
void timer_free(void*, void*) {}
void timer_mod(void*, int64_t, void*) {}
void ignore_fd(int, void*) {}
void ignore(void*) {}

SlirpCb make_callbacks() {
    SlirpCb callbacks{};
    callbacks.send_packet = send_packet;
    callbacks.guest_error = guest_error;
    callbacks.clock_get_ns = clock_get_ns;
    callbacks.timer_new_opaque = timer_new;
    callbacks.timer_free = timer_free;
    callbacks.timer_mod = timer_mod;
    callbacks.register_poll_fd = ignore_fd;
    callbacks.unregister_poll_fd = ignore_fd;
    callbacks.notify = ignore;
    return callbacks;
}

SlirpConfig make_config(const GatewayAddresses& own, bool internet) {
    SlirpConfig config{};
    config.version = 4;
    config.restricted = internet ? 0 : 1;
    config.in_enabled = true;
    config.in6_enabled = false;
    config.vnetwork = to_in_addr(Ipv4{own.services.number & 0xffffff00});
    config.vnetmask = to_in_addr(Ipv4{0xffffff00});
    // slirp keeps no service on its own address (vhost), so the services have another.
    config.vhost = to_in_addr(own.forwards);
    config.vnameserver = to_in_addr(own.resolver);
    config.vdhcp_start = to_in_addr(Ipv4{own.resolver.number + 1});
    config.disable_host_loopback = true;
    config.disable_dns = !internet;
    config.disable_dhcp = true;
    return config;
}

}  // namespace

SlirpStack::SlirpStack(const GatewayAddresses& own, bool internet, std::function<void(Bytes)> on_frame)
    : state_(std::make_unique<State>()) {
    state_->on_frame = std::move(on_frame);
    state_->own = own;
    state_->callbacks = make_callbacks();
    const auto config = make_config(own, internet);
    state_->slirp = slirp_new(&config, &state_->callbacks, &state_->on_frame);
    if (state_->slirp == nullptr) throw Error(ErrorKind::network, "libslirp refused its configuration");
}

SlirpStack::~SlirpStack() = default;

void SlirpStack::serve_unix(std::uint16_t port, const std::string& path) {
    auto address = to_in_addr(state_->own.services);
    if (slirp_add_unix(state_->slirp, path.c_str(), &address, port) != 0) {
        throw Error(ErrorKind::network, fmt::format("libslirp cannot serve port {} of the gateway", port));
    }
}

std::uint16_t SlirpStack::add_forward(Ipv4 node, std::uint16_t port) {
    if (slirp_add_hostfwd(state_->slirp, 0, in_addr{htonl(INADDR_LOOPBACK)}, 0, to_in_addr(node), port) != 0) {
        throw Error(ErrorKind::network,
                    fmt::format("no port of 127.0.0.1 for {}:{}: {}", to_string(node), port, std::strerror(errno)));
    }
    // slirp does not tell which port it got; the new listening socket among its descriptors knows.
    std::vector<int> fds;
    std::uint32_t timeout = 0;
    const auto collect = [](int fd, int, void* opaque) {
        static_cast<std::vector<int>*>(opaque)->push_back(fd);
        return -1;
    };
    slirp_pollfds_fill(state_->slirp, &timeout, collect, &fds);
    for (const int fd : fds) {
        if (!state_->listeners.insert(fd).second) continue;
        sockaddr_in bound{};
        socklen_t size = sizeof bound;
        if (::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size) != 0) continue;
        ::listen(fd, forward_backlog);  // slirp's own backlog is 1: parallel sessions would wait a second each
        return ntohs(bound.sin_port);
    }
    throw Error(ErrorKind::internal, "libslirp shows no socket for a forward it has made");
}

void SlirpStack::input(Bytes frame) {
    slirp_input(state_->slirp, frame.data(), static_cast<int>(frame.size()));
}

void SlirpStack::before_poll(PollSet& set, std::uint32_t& timeout_ms) {
    const auto add = [](int fd, int events, void* opaque) {
        return static_cast<int>(static_cast<PollSet*>(opaque)->add(fd, static_cast<short>(to_poll(events))));
    };
    slirp_pollfds_fill(state_->slirp, &timeout_ms, add, &set);
}

void SlirpStack::after_poll(const PollSet& set, bool failed) {
    const auto get = [](int index, void* opaque) {
        return from_poll(static_cast<const PollSet*>(opaque)->events(static_cast<std::size_t>(index)));
    };
    slirp_pollfds_poll(state_->slirp, failed ? 1 : 0, get, const_cast<PollSet*>(&set));
}

}  // namespace crib::network
