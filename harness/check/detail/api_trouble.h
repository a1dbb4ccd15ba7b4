#pragma once
// What an answer of the API server that is no good means: that it restarts, or something that lasts.

#include "harness/base/clock.h"
#include "harness/check/answer.h"

#include <optional>
#include <string>

namespace crib::check::detail {

// Answers that a server gives, or does not give, while it starts: refused, reset or cut off connections, a TLS
// handshake that does not come to its end; 401 and 403 for the administrator before its certificates and roles are
// loaded; 429, 503 and 504, and 500 while etcd has no leader. Each of them may also be there to stay.
[[nodiscard]] bool may_be_a_start(const Answer& answer);

// Says of a row of answers what they mean. What may be a start is called one until it has lasted for `patience`: only
// then is a cause named that would be there to stay.
class ApiTrouble {
public:
    explicit ApiTrouble(Duration patience) : patience_(patience) {}

    void well() { since_.reset(); }
    // `what` is the request: "GET /api/v1/nodes".
    [[nodiscard]] std::string say(const std::string& what, const Answer& answer, TimePoint now);

private:
    Duration patience_;
    std::optional<TimePoint> since_;  // nothing but what may be a start
    std::string silence_;             // how it was silent first: one line, whatever comes of each try
};

}  // namespace crib::check::detail
