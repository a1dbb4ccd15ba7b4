#pragma once
// Target: where a node's SSH server is, who logs in, and which host key it must show.

#include "harness/base/clock.h"
#include "harness/base/error.h"

#include <cstdint>
#include <filesystem>
#include <string>

namespace crib::ssh {

struct Target {
    std::string node;  // for messages: "worker1"
    std::string host = "127.0.0.1";
    std::uint16_t port = 22;
    std::string user = "root";
    std::filesystem::path private_key;
    std::string host_key;  // "ssh-ed25519 AAAA...", with or without a comment
};

struct Limits {
    Duration one_try = std::chrono::seconds{20};     // TCP connection to the end of the login
    Duration keepalive = std::chrono::seconds{10};   // ask whether the node is there after so much silence
    Duration dead_after = std::chrono::seconds{60};  // give up after so much silence in spite of asking
    Duration lingering = std::chrono::seconds{2};    // a command ended, but a child of it still holds its output
};

// Error(ssh) from connecting, with what a waiter has to know.
class ConnectError : public Error {
public:
    enum class Why {
        not_yet,     // refused, reset, silent: what a node that still boots looks like
        denied,      // the server answers but does not (yet) take the key
        wrong_host,  // the host key is not the pinned one: never retried
    };
    ConnectError(Why why, const std::string& message, std::string hint = {})
        : Error(ErrorKind::ssh, message, std::move(hint)), why_(why) {}
    [[nodiscard]] Why why() const { return why_; }

private:
    Why why_;
};

}  // namespace crib::ssh
