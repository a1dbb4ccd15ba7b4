#pragma once
// Context: what every blocking call gets first. It says when to give up and why.

#include "harness/base/clock.h"

#include <stop_token>
#include <string>

namespace crib {

struct Context {
    Clock* clock = nullptr;                 // never null in a made Context; not owned
    std::stop_token stop;                   // the user or the engine wants the work to end
    TimePoint deadline = TimePoint::max();  // the work must have ended by then

    [[nodiscard]] static Context with_clock(Clock& clock) { return Context{&clock, {}, TimePoint::max()}; }

    // The same context with the nearer of its deadline and now + `timeout`.
    [[nodiscard]] Context with_timeout(Duration timeout) const;

    // The same deadline and clock under another stop token.
    [[nodiscard]] Context with_stop(std::stop_token other) const;

    [[nodiscard]] bool cancelled() const { return stop.stop_requested(); }
    [[nodiscard]] bool expired() const { return clock->now() >= deadline; }
    [[nodiscard]] bool done() const { return cancelled() || expired(); }
    [[nodiscard]] Duration remaining() const;  // never negative

    // Error(cancelled) or Error(timeout) naming `what` when the context is done.
    void throw_if_done(const std::string& what) const;

    // Sleeps for `duration` or until the context is done; false when done.
    bool sleep(Duration duration) const;
};

}  // namespace crib
