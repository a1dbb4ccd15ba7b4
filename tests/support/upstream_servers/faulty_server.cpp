#include "tests/support/upstream_servers/faulty_server.h"

#include "harness/base/file.h"

#include <fmt/format.h>
#include <httplib.h>
#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

namespace crib::test {

namespace fs = std::filesystem;

namespace {

struct Content {
    std::string body;
    std::string type = "application/octet-stream";
};

}  // namespace

struct FaultyServer::State {
    fs::path root;
    httplib::Server server;
    std::thread thread;
    int port = 0;
    std::mutex mutex;  // of the next three
    std::map<std::string, Fault> faults;
    std::map<std::string, std::string> redirections;
    std::string behind;  // URL of the server that it stands before
    std::atomic<int> requests = 0;
    std::atomic<int> continued = 0;
    std::atomic<bool> ending = false;

    std::optional<Fault> fault_of(const std::string& path) {
        const std::lock_guard held(mutex);
        for (const auto& [tail, fault] : faults) {
            if (path.ends_with(tail)) return fault;
        }
        return std::nullopt;
    }

    std::optional<std::string> redirection_of(const std::string& path) {
        const std::lock_guard held(mutex);
        for (const auto& [beginning, target] : redirections) {
            if (path.starts_with(beginning)) return target + path.substr(beginning.size());
        }
        return std::nullopt;
    }

    std::optional<Content> content_of(const httplib::Request& request) {
        const fs::path file = root / request.path.substr(1);
        if (fs::is_regular_file(file)) return Content{read_file(file)};
        std::string url;
        {
            const std::lock_guard held(mutex);
            url = behind;
        }
        if (url.empty()) return std::nullopt;
        httplib::Client client(url);
        httplib::Headers headers;
        const auto [first, last] = request.headers.equal_range("Accept");
        headers.insert(first, last);
        const auto answer = client.Get(request.path, headers);
        if (!answer || answer->status != 200) return std::nullopt;
        return Content{answer->body, answer->get_header_value("Content-Type")};
    }

    void answer(const httplib::Request& request, httplib::Response& response) {
        ++requests;
        if (request.has_header("Range")) ++continued;
        if (const auto target = redirection_of(request.path)) {
            response.set_redirect(*target);
            return;
        }
        const auto fault = fault_of(request.path);
        if (fault && (fault->status != 200 || !fault->page.empty())) {
            response.status = fault->status;
            response.set_content(fault->page, "text/html");
            return;
        }
        auto content = content_of(request);
        if (!content) {
            response.status = 404;
            response.set_content("<!DOCTYPE html><title>404</title>", "text/html");
            return;
        }
        if (!fault) {
            response.set_content(std::move(content->body), content->type);
            return;
        }
        const auto body = std::make_shared<std::string>(std::move(content->body));
        response.set_content_provider(
            body->size(), content->type,
            [this, body, fault = *fault](std::size_t offset, std::size_t, httplib::DataSink& sink) {
                if (fault.slow) {
                    std::this_thread::sleep_for(std::chrono::milliseconds(100));
                    return !ending && sink.write(body->data() + offset, 1);
                }
                sink.write(body->data(), fault.cut_after);
                return false;
            });
    }
};

FaultyServer::FaultyServer(fs::path root) : state_(std::make_unique<State>()) {
    state_->root = std::move(root);
    state_->server.Get(".*", [this](const auto& request, auto& response) { state_->answer(request, response); });
    state_->port = state_->server.bind_to_any_port("127.0.0.1");
    state_->thread = std::thread([this] { state_->server.listen_after_bind(); });
    while (!state_->server.is_running()) std::this_thread::yield();
}

FaultyServer::~FaultyServer() {
    state_->ending = true;
    state_->server.stop();
    state_->thread.join();
}

void FaultyServer::fail(const std::string& ending, const Fault& fault) {
    const std::lock_guard held(state_->mutex);
    state_->faults[ending] = fault;
}

void FaultyServer::mend() {
    const std::lock_guard held(state_->mutex);
    state_->faults.clear();
}

void FaultyServer::redirect(const std::string& beginning, const std::string& target) {
    const std::lock_guard held(state_->mutex);
    state_->redirections[beginning] = target;
}

void FaultyServer::forward(const std::string& url) {
    const std::lock_guard held(state_->mutex);
    state_->behind = url;
}

std::string FaultyServer::url(const std::string& path) const {
    return fmt::format("http://127.0.0.1:{}{}", state_->port, path);
}

int FaultyServer::requests() const {
    return state_->requests;
}

int FaultyServer::continued() const {
    return state_->continued;
}

}  // namespace crib::test
