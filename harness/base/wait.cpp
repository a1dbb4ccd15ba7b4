#include "harness/base/wait.h"

#include "harness/base/error.h"
#include "harness/base/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib {

namespace {

constexpr int kNearPercent = 70;
// How much longer than the limit the last look is put off: enough to tell late from never, and not long enough for
// anybody who waits for the verdict to mind.
constexpr int kLateShare = 10;
constexpr std::chrono::seconds kLatest{3};

// What was not there in time, is it there now? Nothing when it is not, or nobody wants to know any more.
std::optional<Duration> look_late(const Context& context, const WaitResult& result,
                                  const std::function<Observation()>& probe) {
    const auto pause = std::min<Duration>(result.limit / kLateShare, kLatest);
    if (pause <= Duration::zero()) return std::nullopt;
    const auto ended = context.clock->now();
    const Context beyond{context.clock, context.stop, TimePoint::max()};
    if (!beyond.sleep(pause)) return std::nullopt;
    try {
        if (probe().state != Observation::State::ready) return std::nullopt;
    } catch (const std::exception&) {
        return std::nullopt;  // the verdict is there
    }
    return context.clock->now() - ended;
}

}  // namespace

WaitResult wait_for(const Context& context, Duration interval, const std::function<Observation()>& probe) {
    const auto start = context.clock->now();
    WaitResult result;
    if (context.deadline != TimePoint::max()) result.limit = context.remaining();
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
        if (last_chance) break;
        context.sleep(interval);
    }
    finish(WaitResult::End::timed_out);
    result.late = look_late(context, result, probe);
    return result;
}

WaitResult require_within(const Context& context, const std::string& what, Duration interval,
                          const std::function<Observation()>& probe) {
    auto result = wait_for(context, interval, probe);
    const std::string seen = result.last_seen.empty() ? "nothing" : result.last_seen;
    switch (result.end) {
        case WaitResult::End::ready:
            break;
        case WaitResult::End::hopeless:
            throw Error(ErrorKind::guest, fmt::format("{}: {}", what, seen));
        case WaitResult::End::cancelled:
            throw Error(ErrorKind::cancelled, what + ": cancelled");
        case WaitResult::End::timed_out:
            const auto late = lateness(result);
            throw Error(ErrorKind::timeout,
                        fmt::format("{}: not within {}{}; last seen: {}", what, to_short_string(result.waited),
                                    late.empty() ? "" : ", " + late, seen));
    }
    return result;
}

std::string lateness(const WaitResult& result) {
    return result.late ? fmt::format("became true {} late", to_short_string(*result.late)) : std::string{};
}

std::optional<std::string> near_limit(Duration took, Duration limit) {
    if (limit <= Duration::zero() || took * 100 <= limit * kNearPercent) return std::nullopt;
    return fmt::format("used {} % of its limit of {}", took * 100 / limit, to_short_string(limit));
}

}  // namespace crib
