#include "harness/base/wait.h"

#include "harness/base/error.h"
#include "harness/base/text.h"

#include <fmt/format.h>

namespace crib {

WaitResult wait_for(const Context& context, Duration interval, const std::function<Observation()>& probe) {
    const auto start = context.clock->now();
    WaitResult result;
    const auto finish = [&](WaitResult::End end) {
        result.end = end;
        result.waited = context.clock->now() - start;
        return result;
    };
    for (bool last_chance = false;; last_chance = context.expired()) {
        if (context.cancelled()) return finish(WaitResult::End::cancelled);
        auto observation = probe();
        if (!observation.seen.empty()) result.last_seen = std::move(observation.seen);
        if (observation.state == Observation::State::ready) return finish(WaitResult::End::ready);
        if (observation.state == Observation::State::hopeless) return finish(WaitResult::End::hopeless);
        if (last_chance) return finish(WaitResult::End::timed_out);
        context.sleep(interval);
    }
}

void require_within(const Context& context, const std::string& what, Duration interval,
                    const std::function<Observation()>& probe) {
    const auto result = wait_for(context, interval, probe);
    const std::string seen = result.last_seen.empty() ? "nothing" : result.last_seen;
    switch (result.end) {
        case WaitResult::End::ready:
            return;
        case WaitResult::End::hopeless:
            throw Error(ErrorKind::guest, fmt::format("{}: {}", what, seen));
        case WaitResult::End::cancelled:
            throw Error(ErrorKind::cancelled, what + ": cancelled");
        case WaitResult::End::timed_out:
            throw Error(ErrorKind::timeout,
                        fmt::format("{}: not within {}; last seen: {}", what, to_short_string(result.waited), seen));
    }
}

}  // namespace crib
