#pragma once
// Answer: what came of one request to the API server.

#include <string>

namespace crib::check {

struct Answer {
    enum class Kind {
        body,         // 2xx
        status,       // the server answered with another HTTP status
        unreachable,  // no answer: refused, reset, timed out, or not this cluster's certificate
    };
    Kind kind = Kind::unreachable;
    int status = 0;    // HTTP status; 0 when unreachable
    std::string text;  // the body, the server's message, or the reason
    // Of an unreachable one: what it would be if it never changed. A server that starts or ends looks the same.
    std::string if_it_lasts = {};

    [[nodiscard]] bool ok() const { return kind == Kind::body; }
    // One line: "404 pods \"nginx\" not found", "unreachable: connection refused".
    [[nodiscard]] std::string describe() const;
};

}  // namespace crib::check
