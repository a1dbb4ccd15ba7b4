#include "harness/network/http_service.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/network/switch_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <httplib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <ctime>
#include <thread>

namespace crib::network {
namespace {

constexpr std::size_t chunk = 64U << 10U;
constexpr std::size_t threads = 16;

std::string http_date(time_t when) {
    tm parts{};
    ::gmtime_r(&when, &parts);
    std::array<char, 64> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

// Reads through a small buffer, however large the file: the switch stays small.
bool send_part(int fd, std::size_t offset, std::size_t length, httplib::DataSink& sink) {
    std::vector<char> buffer(std::min(length, chunk));
    const auto got = ::pread(fd, buffer.data(), buffer.size(), static_cast<off_t>(offset));
    return got > 0 && sink.write(buffer.data(), static_cast<std::size_t>(got));
}

void serve(const HttpFolders& folders, const httplib::Request& request, httplib::Response& response) {
    const auto path = find_served(folders, request.path);
    auto fd = path ? std::make_shared<UniqueFd>(::open(path->c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) : nullptr;
    struct stat status {};
    if (!fd || !fd->valid() || ::fstat(fd->get(), &status) != 0 || !S_ISREG(status.st_mode)) {
        response.status = 404;
        response.set_content("not here\n", "text/plain");
        return;
    }
    const auto modified = http_date(status.st_mtime);
    response.set_header("Last-Modified", modified);
    if (request.get_header_value("If-Modified-Since") == modified) {
        response.status = 304;
        return;
    }
    const auto size = static_cast<std::size_t>(status.st_size);
    const char* type = "application/octet-stream";
    if (size == 0) {
        response.set_content("", type);
        return;
    }
    response.set_content_provider(size, type, [fd](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
        return send_part(fd->get(), offset, length, sink);
    });
}

}  // namespace

std::optional<std::filesystem::path> find_served(const HttpFolders& folders, const std::string& url_path) {
    if (url_path.find('\0') != std::string::npos) return std::nullopt;
    for (auto entry = folders.rbegin(); entry != folders.rend(); ++entry) {  // longer paths come after their prefixes
        auto prefix = entry->first;
        if (!prefix.ends_with('/')) prefix += '/';
        if (!url_path.starts_with(prefix)) continue;
        const std::filesystem::path rest = url_path.substr(prefix.size());
        if (rest.empty() || rest.is_absolute()) return std::nullopt;
        for (const auto& part : rest) {
            if (part == "..") return std::nullopt;
        }
        return entry->second / rest;
    }
    return std::nullopt;
}

struct HttpService::State {
    HttpFolders folders;
    httplib::Server server;
    std::atomic<std::uint64_t> requests{0};
    std::atomic<bool> ended{false};
    std::jthread thread;
};

HttpService::HttpService(HttpFolders folders, const std::string& socket_path) : state_(std::make_unique<State>()) {
    auto* state = state_.get();
    state->folders = std::move(folders);
    auto& server = state->server;
    server.set_address_family(AF_UNIX);
    server.new_task_queue = [] { return new httplib::ThreadPool(threads); };
    // "Connection: close" in each answer. cpp-httplib reads ahead and drops what it read with the request: the second
    // of two requests that apt sends at once would be lost, and apt would wait for it until a time-out of five seconds.
    server.set_keep_alive_max_count(1);
    server.Get(".*", [state](const httplib::Request& request, httplib::Response& response) {
        serve(state->folders, request, response);
    });
    server.set_logger([state](const httplib::Request& request, const httplib::Response& response) {
        ++state->requests;
        log_line(fmt::format("http: {} {} {}", response.status, request.method, request.path));
    });
    if (!server.bind_to_port(socket_path, 80)) {
        throw Error(ErrorKind::network, fmt::format("cannot serve HTTP on the socket {}", socket_path),
                    "check that the run's folder is on a file system that allows sockets");
    }
    state->thread = std::jthread([state] {
        state->server.listen_after_bind();
        state->ended = true;
    });
}

HttpService::~HttpService() {
    // stop() does nothing to a server that has not begun to accept yet.
    while (!state_->ended && !state_->server.is_running()) std::this_thread::sleep_for(std::chrono::milliseconds{1});
    state_->server.stop();
}

std::uint64_t HttpService::requests() const {
    return state_->requests;
}

}  // namespace crib::network
