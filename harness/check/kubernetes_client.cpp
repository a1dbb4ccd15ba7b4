#include "harness/check/kubernetes_client.h"

#include "harness/base/error.h"
#include "harness/base/text.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

namespace crib::check {
namespace {

constexpr std::size_t kLargestBody = 64U << 20U;
constexpr auto kLongestPoll = std::chrono::milliseconds{500};

void start_curl_once() {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

struct Request {
    const char* method = "GET";
    std::string path;
    std::string body;
    std::function<bool(std::string_view)> on_line;  // set: a stream
};

// What the write callback needs while a request runs.
struct Sink {
    CURL* easy = nullptr;
    const std::function<bool(std::string_view)>* on_line = nullptr;
    std::string text;     // the body, or in a stream the line that is not yet whole
    bool enough = false;  // on_line said stop
    bool too_large = false;

    [[nodiscard]] bool accept(std::string_view data) {
        if (text.size() + data.size() > kLargestBody) {
            too_large = true;
            return false;
        }
        text += data;
        long status = 0;
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        return on_line == nullptr || status >= 300 || deliver_lines();
    }

    [[nodiscard]] bool deliver_lines() {
        std::size_t begin = 0;
        for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
            const auto line = std::string_view(text).substr(begin, end - begin);
            begin = end + 1;
            if (!line.empty() && !(*on_line)(line)) {
                enough = true;
                return false;
            }
        }
        text.erase(0, begin);
        return true;
    }
};

std::size_t on_data(const char* data, std::size_t size, std::size_t count, void* sink) {
    return static_cast<Sink*>(sink)->accept({data, size * count}) ? size * count : 0;
}

struct FreeEasy {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct FreeMulti {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

// One connection, kept for the next request. A multi handle, because only its poll can be woken
// by a stop token.
struct Connection {
    std::unique_ptr<CURLM, FreeMulti> multi{curl_multi_init()};
    std::unique_ptr<CURL, FreeEasy> easy{curl_easy_init()};
};

// What kubectl would print of a Status object, else the bare text.
std::string message_of(const std::string& body) {
    const auto json = nlohmann::json::parse(body, nullptr, false);
    if (json.is_object() && json.contains("message") && json["message"].is_string()) return json["message"];
    return last_lines(std::string(trim(body)).substr(0, 300), 1);
}

// curl has one code for a server that cannot be believed and for one that went away meanwhile: OpenSSL's words tell.
bool is_cut(const std::string& text) {
    constexpr std::array kWords{"SSL_ERROR_SYSCALL", "reset by peer", "unexpected eof", "Broken pipe"};
    return std::ranges::any_of(kWords, [&](const char* words) { return text.find(words) != std::string::npos; });
}

Answer unreachable_by(CURLcode code, const char* detail) {
    const std::string text = *detail != '\0' ? detail : curl_easy_strerror(code);
    if (code == CURLE_PEER_FAILED_VERIFICATION) {
        return {Answer::Kind::unreachable, 0, "its certificate is not of this cluster: " + text};
    }
    if (code == CURLE_SSL_CONNECT_ERROR) {
        if (is_cut(text)) return {Answer::Kind::unreachable, 0, "it ends connections before it says anything: " + text};
        // Also what comes of another cluster's authority, which has the same name and another key.
        return {Answer::Kind::unreachable, 0, "no TLS with it: " + text, "it may be another cluster's"};
    }
    return {Answer::Kind::unreachable, 0, text};
}

}  // namespace

std::string Answer::describe() const {
    if (kind == Kind::unreachable) return "unreachable: " + text;
    if (kind == Kind::status) return text.empty() ? std::to_string(status) : fmt::format("{} {}", status, text);
    return fmt::format("{} ({} bytes)", status, text.size());
}

struct KubernetesClient::State {
    AdminConfig config;
    std::string base_url;
    std::unique_ptr<curl_slist, FreeList> connect_to;
    std::unique_ptr<curl_slist, FreeList> headers;
    std::mutex mutex;
    std::vector<Connection> idle;

    Connection take() {
        const std::lock_guard lock(mutex);
        if (idle.empty()) return {};
        auto connection = std::move(idle.back());
        idle.pop_back();
        return connection;
    }

    void give_back(Connection connection) {
        const std::lock_guard lock(mutex);
        idle.push_back(std::move(connection));
    }

    void prepare(CURL* easy, const Request& request, Sink& sink, char* error_text);
    Answer send(const Request& request, const Context& context);
};

namespace {

void set_blob(CURL* easy, CURLoption option, const std::string& pem) {
    // libcurl copies it, for the key must not stay referenced from elsewhere.
    curl_blob blob{const_cast<char*>(pem.data()), pem.size(), CURL_BLOB_COPY};
    curl_easy_setopt(easy, option, &blob);
}

// Runs the transfer to its end; nothing when the context was done first.
std::optional<CURLcode> run(const Connection& connection, const Context& context) {
    CURLM* multi = connection.multi.get();
    const std::stop_callback wake(context.stop, [multi] { curl_multi_wakeup(multi); });
    for (;;) {
        int running = 0;
        if (curl_multi_perform(multi, &running) != CURLM_OK) return CURLE_FAILED_INIT;
        if (running == 0) break;
        if (context.done()) return std::nullopt;
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            std::min<Duration>(context.remaining(), kLongestPoll));
        curl_multi_poll(multi, nullptr, 0, static_cast<int>(left.count()) + 1, nullptr);
    }
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
        if (message->msg == CURLMSG_DONE) return message->data.result;
    }
    return CURLE_RECV_ERROR;
}

}  // namespace

void KubernetesClient::State::prepare(CURL* easy, const Request& request, Sink& sink, char* error_text) {
    curl_easy_setopt(easy, CURLOPT_URL, (base_url + request.path).c_str());
    curl_easy_setopt(easy, CURLOPT_CONNECT_TO, connect_to.get());
    curl_easy_setopt(easy, CURLOPT_PROXY, "");  // a proxy of the environment cannot reach loopback
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);  // the cluster's authority and no other
    curl_easy_setopt(easy, CURLOPT_SSLCERTTYPE, "PEM");
    curl_easy_setopt(easy, CURLOPT_SSLKEYTYPE, "PEM");
    set_blob(easy, CURLOPT_CAINFO_BLOB, config.authority);
    set_blob(easy, CURLOPT_SSLCERT_BLOB, config.client_certificate);
    set_blob(easy, CURLOPT_SSLKEY_BLOB, config.client_key);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method);
    if (!request.body.empty()) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.c_str());
    }
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &on_data);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &sink);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error_text);
}

Answer KubernetesClient::State::send(const Request& request, const Context& context) {
    auto connection = take();
    CURL* easy = connection.easy.get();
    std::array<char, CURL_ERROR_SIZE> error_text{};
    Sink sink{easy, request.on_line ? &request.on_line : nullptr, {}, false, false};
    prepare(easy, request, sink, error_text.data());

    const auto started = context.clock->now();
    curl_multi_add_handle(connection.multi.get(), easy);
    const auto code = run(connection, context);
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    auto unreachable = code && *code != CURLE_OK ? unreachable_by(*code, error_text.data()) : Answer{};
    curl_multi_remove_handle(connection.multi.get(), easy);
    curl_easy_reset(easy);  // it must not remember what lives on this stack
    give_back(std::move(connection));

    if (sink.enough) return {Answer::Kind::body, static_cast<int>(status), {}};
    if (sink.too_large) {
        return {Answer::Kind::unreachable, 0,
                fmt::format("more than {} MiB for {}", kLargestBody >> 20U, request.path)};
    }
    if (!code) {
        if (context.cancelled()) throw Error(ErrorKind::cancelled, "asking the API server: cancelled");
        if (request.on_line && status == 200) return {Answer::Kind::body, 200, {}};
        return {Answer::Kind::unreachable, 0,
                fmt::format("no answer within {}", to_short_string(context.clock->now() - started))};
    }
    if (*code != CURLE_OK) return unreachable;
    if (status < 200 || status >= 300) {
        return {Answer::Kind::status, static_cast<int>(status), message_of(sink.text)};
    }
    return {Answer::Kind::body, static_cast<int>(status), request.on_line ? std::string{} : std::move(sink.text)};
}

KubernetesClient::KubernetesClient(AdminConfig config, Endpoint endpoint) : state_(std::make_unique<State>()) {
    start_curl_once();
    state_->config = std::move(config);
    state_->base_url = fmt::format("https://{}:6443", endpoint.server_name);
    // Empty host and port: whatever the URL says, for its name is only there to be verified.
    state_->connect_to.reset(curl_slist_append(nullptr, fmt::format("::127.0.0.1:{}", endpoint.port).c_str()));
    auto* headers = curl_slist_append(nullptr, "Accept: application/json");
    headers = curl_slist_append(headers, "Content-Type: application/json");
    state_->headers.reset(headers);
}

KubernetesClient::~KubernetesClient() = default;

Answer KubernetesClient::get(const std::string& path, const Context& context) {
    return state_->send({"GET", path, {}, {}}, context);
}

Answer KubernetesClient::create(const std::string& path, const std::string& json, const Context& context) {
    return state_->send({"POST", path, json, {}}, context);
}

Answer KubernetesClient::remove(const std::string& path, const Context& context) {
    return state_->send({"DELETE", path, {}, {}}, context);
}

Answer KubernetesClient::stream(const std::string& path, const std::function<bool(std::string_view)>& on_line,
                                const Context& context) {
    return state_->send({"GET", path, {}, on_line}, context);
}

std::string percent_encode(std::string_view text) {
    std::string out;
    for (const char letter : text) {
        const auto byte = static_cast<unsigned char>(letter);
        const bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                           (byte >= '0' && byte <= '9') || byte == '-' || byte == '.' || byte == '_' || byte == '~';
        if (plain) {
            out += letter;
        } else {
            out += fmt::format("%{:02X}", byte);
        }
    }
    return out;
}

}  // namespace crib::check
