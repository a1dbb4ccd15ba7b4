#pragma once
// KubernetesClient: requests to the API server with the cluster administrator's certificate, through
// a forward on loopback. The server must show a certificate of the cluster's own authority.

#include "harness/base/context.h"
#include "harness/check/admin_config.h"
#include "harness/check/answer.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace crib::check {

struct Endpoint {
    std::uint16_t port = 0;                  // on 127.0.0.1: the forward to the control plane's port 6443
    std::string server_name = "kubernetes";  // a name in the API server's certificate
};

// Thread-safe. Paths begin with "/" and are already percent-encoded. A request that is not answered
// by the context's deadline is unreachable; one that is stopped is Error(cancelled).
class KubernetesClient {
public:
    KubernetesClient(AdminConfig config, Endpoint endpoint);
    ~KubernetesClient();
    KubernetesClient(const KubernetesClient&) = delete;
    KubernetesClient& operator=(const KubernetesClient&) = delete;

    Answer get(const std::string& path, const Context& context);
    Answer create(const std::string& path, const std::string& json, const Context& context);  // POST
    Answer remove(const std::string& path, const Context& context);                           // DELETE

    // Calls `on_line` with each line of a streamed answer (a watch) until it returns false, the server
    // ends the stream or the deadline passes: all of these are a body with an empty text.
    Answer stream(const std::string& path, const std::function<bool(std::string_view line)>& on_line,
                  const Context& context);

private:
    struct State;
    std::unique_ptr<State> state_;
};

// For a query: "app=flannel" to "app%3Dflannel".
[[nodiscard]] std::string percent_encode(std::string_view text);

}  // namespace crib::check
