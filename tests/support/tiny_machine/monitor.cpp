#include "tests/support/tiny_machine/monitor.h"

#include "harness/base/error.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cstring>

namespace crib::test {

using nlohmann::json;

Monitor::Monitor(const std::filesystem::path& socket, const Context& context)
    : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto path = socket.string();
    if (path.size() >= sizeof address.sun_path) throw Error(ErrorKind::internal, path + " is too long for a socket");
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        throw Error(ErrorKind::process, fmt::format("cannot connect to {}: {}", path, std::strerror(errno)));
    }
    (void)line(context);  // the greeting
    (void)execute("qmp_capabilities", {}, context);
}

std::string Monitor::execute(const std::string& command, const std::string& arguments, const Context& context) {
    json request{{"execute", command}};
    if (!arguments.empty()) request["arguments"] = json::parse(arguments);
    write(request.dump() + "\n");
    for (;;) {
        const auto answer = json::parse(line(context));
        if (answer.contains("error")) {
            throw Error(ErrorKind::process, command + ": " + answer["error"].value("desc", ""));
        }
        if (answer.contains("return")) return answer["return"].dump();
        // Anything else is an event.
    }
}

std::string Monitor::line(const Context& context) {
    for (;;) {
        if (const auto end = read_.find('\n'); end != std::string::npos) {
            auto text = read_.substr(0, end);
            read_.erase(0, end + 1);
            return text;
        }
        context.throw_if_done("waiting for QEMU");
        pollfd wait{socket_.get(), POLLIN, 0};
        if (::poll(&wait, 1, 100) <= 0) continue;
        std::array<char, 4096> piece{};
        const auto count = ::read(socket_.get(), piece.data(), piece.size());
        if (count <= 0) throw Error(ErrorKind::process, "QEMU has ended");
        read_.append(piece.data(), static_cast<std::size_t>(count));
    }
}

void Monitor::write(const std::string& text) {
    for (std::size_t done = 0; done < text.size();) {
        const auto count = ::send(socket_.get(), text.data() + done, text.size() - done, MSG_NOSIGNAL);
        if (count <= 0) throw Error(ErrorKind::process, "QEMU has ended");
        done += static_cast<std::size_t>(count);
    }
}

}  // namespace crib::test
