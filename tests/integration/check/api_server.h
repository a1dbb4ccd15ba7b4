#pragma once
// ApiServer: an HTTPS server on loopback that demands a client certificate, as the API server does.

#include "harness/check/kubernetes_client.h"
#include "tests/integration/check/certificates.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

namespace crib::test {

// Paths: /api/v1/nodes a list; /slow never answers until the server ends; /missing a Status with 404;
// /big 65 MiB; /watch a line at once and then one every 50 ms; /quiet a stream without a line;
// /changes a stream that sends one line when change() was called; POST and DELETE are echoed.
class ApiServer {
public:
    explicit ApiServer(const std::string& alternative_names = "DNS:kubernetes,DNS:kubernetes.default,IP:192.168.76.11");
    ~ApiServer();

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] const Certificate& authority() const { return authority_; }
    [[nodiscard]] check::AdminConfig admin() const;
    void change() { changed_ = true; }
    [[nodiscard]] std::string last_query() const;

private:
    struct Server;
    Certificate authority_ = make_authority("kubernetes");
    std::unique_ptr<Server> server_;
    std::uint16_t port_ = 0;
    std::atomic<bool> ending_ = false;
    std::atomic<bool> changed_ = false;
};

}  // namespace crib::test
