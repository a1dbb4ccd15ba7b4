#include "harness/network/node_port.h"

#include "harness/base/error.h"
#include "harness/network/switch_log.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace crib::network {
namespace {

// A TCG guest can be away for tens of milliseconds; this holds 8 ms of a Gbit/s beside the kernel's own buffers.
constexpr std::size_t queue_limit = 1U << 20U;
constexpr int reads_a_turn = 4;  // so that one busy port does not starve the others

[[noreturn]] void fail(const std::string& node) {
    throw Error(ErrorKind::network, fmt::format("no port of 127.0.0.1 for node {}: {}", node, std::strerror(errno)));
}

}  // namespace

NodePort::NodePort(const SwitchNode& node) : node_(node), queue_(queue_limit) {
    stats_.name = node.name;
    listener_ = UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    if (!listener_.valid() || ::bind(listener_.get(), any, size) != 0 || ::listen(listener_.get(), 4) != 0 ||
        ::getsockname(listener_.get(), any, &size) != 0) {
        fail(node.name);
    }
    tcp_port_ = ntohs(address.sin_port);
}

void NodePort::before_poll(PollSet& set) {
    listener_index_ = set.add(listener_.get(), POLLIN);
    link_index_ = PollSet::none;
    if (connected()) link_index_ = set.add(link_.get(), queue_.empty() ? POLLIN : POLLIN | POLLOUT);
}

void NodePort::accept_link(const PollSet& set) {
    if (set.events(listener_index_) == 0) return;
    UniqueFd fresh(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fresh.valid()) return;
    if (connected()) {
        log_line(fmt::format("port {}: a second connection was refused", node_.name));
        return;
    }
    const int on = 1;
    ::setsockopt(fresh.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    link_ = std::move(fresh);
    reader_ = FrameReader{};
    stats_.connected = true;
    log_line(fmt::format("port {}: connected", node_.name));
}

bool NodePort::read_frames(const PollSet& set, const std::function<void(Bytes frame)>& on_frame) {
    if (link_index_ == PollSet::none) return true;
    const auto events = set.events(link_index_);
    if ((events & (POLLIN | POLLERR | POLLHUP)) != 0 && !read_link(on_frame)) {
        close_link();
        return false;
    }
    return true;
}

bool NodePort::read_link(const std::function<void(Bytes frame)>& on_frame) {
    const auto counted = [&](Bytes frame) {
        heard_ = true;
        stats_.in.count(frame.size());
        on_frame(frame);
    };
    for (int turn = 0; turn < reads_a_turn; ++turn) {
        const auto room = reader_.room();
        const auto got = ::recv(link_.get(), room.data(), room.size(), 0);
        if (got < 0) return errno == EAGAIN || errno == EINTR;
        if (got == 0) return false;
        if (!reader_.take(static_cast<std::size_t>(got), counted)) {
            log_line(fmt::format("port {}: not a stream of frames", node_.name));
            return false;
        }
        if (static_cast<std::size_t>(got) < room.size()) return true;
    }
    return true;
}

void NodePort::send(Bytes frame) {
    if (connected() && queue_.push(frame)) {
        stats_.out.count(frame.size());
    } else {
        ++stats_.out.drops;
    }
}

void NodePort::flush() {
    while (connected() && !queue_.empty()) {
        const auto waiting = queue_.waiting();
        const auto sent = ::send(link_.get(), waiting.data(), waiting.size(), MSG_NOSIGNAL);
        // A broken link is closed by the next read, which sees it too.
        if (sent <= 0) return;
        queue_.written(static_cast<std::size_t>(sent));
    }
}

void NodePort::close_link() {
    log_line(fmt::format("port {}: disconnected", node_.name));
    link_.reset();
    queue_.clear();
    heard_ = false;
    stats_.connected = false;
}

}  // namespace crib::network
