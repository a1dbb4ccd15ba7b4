#pragma once
// wait_for: every wait has a reason. It reports what it saw last, and stops early on a state
// that cannot recover.

#include "harness/base/context.h"

#include <functional>
#include <optional>
#include <string>

namespace crib {

struct Observation {
    enum class State { ready, not_yet, hopeless };
    State state = State::not_yet;
    std::string seen;  // one line for a person: "node worker1 is NotReady (no CNI configuration)"

    static Observation ready(std::string seen = {}) { return {State::ready, std::move(seen)}; }
    static Observation not_yet(std::string seen) { return {State::not_yet, std::move(seen)}; }
    static Observation hopeless(std::string seen) { return {State::hopeless, std::move(seen)}; }
};

struct WaitResult {
    enum class End { ready, hopeless, timed_out, cancelled };
    End end = End::timed_out;
    std::string last_seen;
    Duration waited{};
    Duration limit{};                // what was left until the deadline when it began; zero: no deadline
    std::optional<Duration> late{};  // timed out, and so long after the deadline it was true: the limit was too short
};

// Calls `probe` every `interval` until it is ready or hopeless or the context is done. There is
// always one last probe at the deadline, so that last_seen is fresh, and one more a little later: what is true then was
// not failed but late, and says so. It has timed out all the same. Errors that the probe throws pass, but for that
// one's.
WaitResult wait_for(const Context& context, Duration interval, const std::function<Observation()>& probe);

// As wait_for, but anything but ready is an Error: "`what`: not within 60s; last seen: ...".
// Kinds: timeout, cancelled, guest (hopeless).
WaitResult require_within(const Context& context, const std::string& what, Duration interval,
                          const std::function<Observation()>& probe);

// "became true 3.0s late", or nothing.
[[nodiscard]] std::string lateness(const WaitResult& result);

// Of what ended well: "used 85 % of its limit of 5m00s" where it came near it (more than 70 %), so that a limit is
// known to be too short before it fails somebody's run. A limit of zero is none.
[[nodiscard]] std::optional<std::string> near_limit(Duration took, Duration limit);

}  // namespace crib
