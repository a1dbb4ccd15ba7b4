#include "harness/network/control.h"

#include "harness/base/error.h"
#include "harness/network/run_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace crib::network {
namespace {

constexpr std::size_t longest_line = 64U << 10U;
constexpr std::size_t most_clients = 16;

sockaddr_un unix_address(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) {
        throw Error(ErrorKind::internal, fmt::format("the socket path {} is too long", path));
    }
    std::copy(path.begin(), path.end(), address.sun_path);
    return address;
}

[[noreturn]] void fail(const std::string& what) {
    throw Error(ErrorKind::network, fmt::format("the switch's control socket: {}: {}", what, std::strerror(errno)),
                "the switch may have ended; see switch.log in the run's folder");
}

UniqueFd connect_to(const std::filesystem::path& folder) {
    // The folder's own path may be longer than a socket address; a descriptor of it never is.
    const UniqueFd directory(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!directory.valid() || !fd.valid()) fail("cannot open it in " + folder.string());
    const auto address = unix_address(fmt::format("/proc/self/fd/{}/{}", directory.get(), run_files::control));
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        fail("cannot connect in " + folder.string());
    }
    return fd;
}

}  // namespace

ControlServer::ControlServer(const std::string& path, Handler handler)
    : handler_(std::move(handler)), listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    const auto address = unix_address(path);
    const auto mask = ::umask(0177);
    const bool bound =
        listener_.valid() && ::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::umask(mask);
    if (!bound || ::listen(listener_.get(), 8) != 0) fail("cannot make it at " + path);
}

void ControlServer::before_poll(PollSet& set) {
    listener_index_ = set.add(listener_.get(), POLLIN);
    for (auto& client : clients_) client.index = set.add(client.fd.get(), POLLIN);
}

void ControlServer::after_poll(const PollSet& set) {
    clients_.remove_if([&](Client& client) { return set.events(client.index) != 0 && !serve(client); });
    if (set.events(listener_index_) == 0) return;
    UniqueFd fresh(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fresh.valid() || clients_.size() >= most_clients) return;
    clients_.push_back(Client{std::move(fresh), {}, PollSet::none});
}

bool ControlServer::serve(Client& client) {
    std::array<char, 4096> part{};
    const auto got = ::recv(client.fd.get(), part.data(), part.size(), 0);
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    if (got == 0) return false;
    client.received.append(part.data(), static_cast<std::size_t>(got));
    for (auto end = client.received.find('\n'); end != std::string::npos; end = client.received.find('\n')) {
        const auto answer = handler_(client.received.substr(0, end)) + "\n";
        client.received.erase(0, end + 1);
        // Answers are short and the socket's buffer is not; a client that does not read them is ended.
        if (::send(client.fd.get(), answer.data(), answer.size(), MSG_NOSIGNAL) !=
            static_cast<ssize_t>(answer.size())) {
            return false;
        }
    }
    return client.received.size() <= longest_line;
}

std::string control_request(const std::filesystem::path& folder, const std::string& request, const Context& context) {
    const auto fd = connect_to(folder);
    const auto line = request + "\n";
    if (::send(fd.get(), line.data(), line.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(line.size())) fail("send");
    std::string answer;
    while (!answer.ends_with('\n')) {
        context.throw_if_done("waiting for the switch's answer");
        pollfd waiting{fd.get(), POLLIN, 0};
        if (::poll(&waiting, 1, 50) <= 0) continue;
        std::array<char, 4096> part{};
        const auto got = ::recv(fd.get(), part.data(), part.size(), 0);
        if (got <= 0) fail("it closed the connection");
        answer.append(part.data(), static_cast<std::size_t>(got));
    }
    return answer;
}

}  // namespace crib::network
