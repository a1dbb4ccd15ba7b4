#include "harness/engine/watchdog.h"

#include <exception>
#include <utility>

namespace crib::engine {

Watchdog::Watchdog(const Context& context, Clock& pulse, Duration interval,
                   std::function<std::optional<std::string>()> look)
    : outer_(context),
      pulse_(pulse),
      interval_(interval),
      look_(std::move(look)),
      pass_on_(context.stop, [this] { bark_.request_stop(); }),
      watcher_([this](const std::stop_token& ended) { watch(ended); }) {}

Watchdog::~Watchdog() {
    watcher_.request_stop();
    watcher_.join();
}

Context Watchdog::context() const {
    return outer_.with_stop(bark_.get_token());
}

std::optional<std::string> Watchdog::reason() const {
    const std::lock_guard lock(mutex_);
    return reason_;
}

void Watchdog::watch(const std::stop_token& ended) {
    const auto sleeper = Context::with_clock(pulse_).with_stop(ended);
    while (!ended.stop_requested() && !bark_.stop_requested()) {
        std::optional<std::string> found;
        try {
            found = look_();
        } catch (const std::exception& error) {
            found = error.what();
        }
        if (found) {
            {
                const std::lock_guard lock(mutex_);
                reason_ = std::move(found);
            }
            bark_.request_stop();
            return;
        }
        sleeper.sleep(interval_);
    }
}

}  // namespace crib::engine
