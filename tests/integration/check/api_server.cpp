#include "tests/integration/check/api_server.h"

#include <httplib.h>

#include <chrono>
#include <mutex>
#include <thread>

namespace crib::test {
namespace {

X509* read_certificate(const std::string& pem) {
    BIO* bio = BIO_new_mem_buf(pem.data(), -1);
    X509* certificate = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
    BIO_free(bio);
    return certificate;
}

EVP_PKEY* read_key(const std::string& pem) {
    BIO* bio = BIO_new_mem_buf(pem.data(), -1);
    EVP_PKEY* key = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
    BIO_free(bio);
    return key;
}

X509_STORE* store_of(X509* authority) {
    X509_STORE* store = X509_STORE_new();
    X509_STORE_add_cert(store, authority);
    return store;
}

constexpr auto kPause = std::chrono::milliseconds{20};

}  // namespace

struct ApiServer::Server {
    Server(const Certificate& own, const Certificate& authority)
        : certificate(read_certificate(own.certificate)),
          key(read_key(own.key)),
          issuer(read_certificate(authority.certificate)),
          http(certificate, key, store_of(issuer)) {}
    ~Server() {
        X509_free(certificate);
        X509_free(issuer);
        EVP_PKEY_free(key);
    }
    Server(const Server&) = delete;

    X509* certificate;
    EVP_PKEY* key;
    X509* issuer;
    httplib::SSLServer http;
    std::thread thread;
    std::mutex mutex;
    std::string query;
};

ApiServer::ApiServer(const std::string& alternative_names)
    : server_(std::make_unique<Server>(issue(authority_, "kube-apiserver", alternative_names), authority_)) {
    auto& http = server_->http;
    // Without it OpenSSL refuses to resume a session with a client certificate, which clients try.
    const unsigned char name[] = "api";
    SSL_CTX_set_session_id_context(http.ssl_context(), name, sizeof name);
    http.Get("/api/v1/nodes", [this](const httplib::Request& request, httplib::Response& response) {
        const std::lock_guard lock(server_->mutex);
        server_->query = request.target;
        response.set_content(R"({"kind":"NodeList","items":[]})", "application/json");
    });
    http.Get("/slow", [this](const httplib::Request&, httplib::Response&) {
        while (!ending_) std::this_thread::sleep_for(kPause);
    });
    http.Get("/missing", [](const httplib::Request&, httplib::Response& response) {
        response.status = 404;
        response.set_content(R"({"kind":"Status","message":"pods \"nginx\" not found","code":404})",
                             "application/json");
    });
    http.Get("/big", [](const httplib::Request&, httplib::Response& response) {
        response.set_content(std::string(65U << 20U, 'x'), "application/json");
    });
    const auto stream = [this](auto wait_for_more) {
        return [this, wait_for_more](const httplib::Request& request, httplib::Response& response) {
            {
                const std::lock_guard lock(server_->mutex);
                server_->query = request.target;
            }
            response.set_chunked_content_provider("application/json",
                                                  [this, wait_for_more](std::size_t, httplib::DataSink& sink) {
                                                      if (ending_) return false;
                                                      if (!wait_for_more()) return true;
                                                      const std::string line = "{\"type\":\"MODIFIED\"}\n";
                                                      return sink.write(line.data(), line.size());
                                                  });
        };
    };
    http.Get("/watch", stream([] {
                 std::this_thread::sleep_for(kPause);
                 return true;
             }));
    http.Get("/quiet", stream([] {
                 std::this_thread::sleep_for(kPause);
                 return false;
             }));
    http.Get("/changes", stream([this] {
                 std::this_thread::sleep_for(kPause);
                 return changed_.exchange(false);
             }));
    http.Post("/echo", [](const httplib::Request& request, httplib::Response& response) {
        response.status = 201;
        response.set_content(request.get_header_value("Content-Type") + " " + request.body, "application/json");
    });
    http.Delete("/echo", [](const httplib::Request&, httplib::Response& response) {
        response.set_content("deleted", "application/json");
    });
    port_ = static_cast<std::uint16_t>(http.bind_to_any_port("127.0.0.1"));
    server_->thread = std::thread([this] { server_->http.listen_after_bind(); });
    while (!http.is_running()) std::this_thread::yield();
}

ApiServer::~ApiServer() {
    ending_ = true;
    server_->http.stop();
    server_->thread.join();
}

check::AdminConfig ApiServer::admin() const {
    return check::read_admin_config(admin_conf(authority_, issue(authority_, "kubernetes-admin", "")));
}

std::string ApiServer::last_query() const {
    const std::lock_guard lock(server_->mutex);
    return server_->query;
}

}  // namespace crib::test
