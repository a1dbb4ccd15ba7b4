#pragma once
// Watchdog: sees a QEMU or the switch die in the middle of a run, and stops what waits for them.

#include "harness/base/context.h"

#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

namespace crib::engine {

// Calls `look` every `interval` in a thread of its own until it answers with a reason; then requests
// stop() and keeps the reason. Also stops when the outer context does.
class Watchdog {
public:
    // `pulse` is the clock it sleeps by: its own, so that a test with a manual clock can hold it still.
    Watchdog(const Context& context, Clock& pulse, Duration interval, std::function<std::optional<std::string>()> look);
    ~Watchdog();
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

    // The context to work under: cancelled by the user or by the watchdog.
    [[nodiscard]] Context context() const;
    // Why it barked; nothing if it did not.
    [[nodiscard]] std::optional<std::string> reason() const;

private:
    void watch(const std::stop_token& ended);

    Context outer_;
    Clock& pulse_;
    Duration interval_;
    std::function<std::optional<std::string>()> look_;
    mutable std::mutex mutex_;
    std::optional<std::string> reason_;
    std::stop_source bark_;
    std::stop_callback<std::function<void()>> pass_on_;
    std::jthread watcher_;
};

}  // namespace crib::engine
