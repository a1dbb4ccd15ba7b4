#include "harness/engine/check_series.h"

#include "harness/base/wait.h"
#include "harness/check/kinds.h"
#include "harness/engine/side_by_side.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <optional>

namespace crib::engine {
namespace {

using check::CheckSpec;
using check::Verdict;
using events::Outcome;

std::string title_of(const CheckSpec& spec) {
    const auto* kind = check::find_kind(spec.kind);
    return kind == nullptr ? spec.kind : kind->doc;
}

bool may_join(const std::vector<CheckSpec>& wave, const CheckSpec& spec) {
    if (check::turn_of(wave.front().kind) != check::turn_of(spec.kind)) return false;
    // Twice the same would stumble over what each makes in the cluster.
    return std::none_of(wave.begin(), wave.end(),
                        [&](const CheckSpec& other) { return check::check_id(other) == check::check_id(spec); });
}

// Hands out verdicts in the order of the checks, each as soon as it and all before it are there.
class InOrder {
public:
    using Tell = std::function<void(std::size_t, const Verdict&)>;
    InOrder(std::size_t count, Tell tell) : verdicts_(count), tell_(std::move(tell)) {}

    void add(std::size_t i, Verdict verdict) {
        const std::lock_guard lock(mutex_);
        verdicts_[i] = std::move(verdict);
        while (next_ < verdicts_.size() && verdicts_[next_]) tell_next();
    }

    // What is there although one before it never came.
    void tell_rest() {
        const std::lock_guard lock(mutex_);
        while (next_ < verdicts_.size()) tell_next();
    }

private:
    void tell_next() {
        if (verdicts_[next_]) tell_(next_, *verdicts_[next_]);
        ++next_;
    }

    std::mutex mutex_;
    std::vector<std::optional<Verdict>> verdicts_;
    std::size_t next_ = 0;
    Tell tell_;
};

}  // namespace

std::vector<std::vector<CheckSpec>> waves_of(const std::vector<CheckSpec>& specs) {
    std::vector<std::vector<CheckSpec>> waves;
    for (const auto& spec : specs) {
        if (waves.empty() || !may_join(waves.back(), spec)) waves.emplace_back();
        waves.back().push_back(spec);
    }
    return waves;
}

CheckSeries::CheckSeries(check::ClusterView& view, const check::Settings& settings, events::Bus& bus)
    : bus_(bus), factor_(settings.host_factor), checker_(view, settings) {}

CheckSeries::Result CheckSeries::run(const std::vector<CheckSpec>& specs, const Context& context) {
    const auto waves = waves_of(specs);
    if (waves.empty()) return result_;
    // What later waves can begin early is begun while the first one looks.
    Wave later;
    for (std::size_t i = 1; i < waves.size(); ++i) later.insert(later.end(), waves[i].begin(), waves[i].end());
    side_by_side(2, context, [&](std::size_t i, const Context& inner) {
        if (i == 0) {
            run_wave(waves.front(), inner);
        } else {
            checker_.prepare(later, inner);
        }
    });
    for (std::size_t i = 1; i < waves.size(); ++i) run_wave(waves[i], context);
    return result_;
}

void CheckSeries::run_wave(const Wave& wave, const Context& context) {
    // Where one check has already failed, the others only say how things stand.
    const auto brief = std::chrono::duration_cast<Duration>(std::chrono::seconds{15} * factor_);
    const auto limited = result_.outcome == Outcome::passed ? context : context.with_timeout(brief);
    for (const auto& spec : wave) bus_.publish(events::CheckStarted{check::check_id(spec), title_of(spec)});
    InOrder verdicts(wave.size(), [&](std::size_t i, const Verdict& verdict) { tell(wave[i], verdict); });
    try {
        side_by_side(wave.size(), limited,
                     [&](std::size_t i, const Context& inner) { verdicts.add(i, run_check(wave[i], inner)); });
    } catch (...) {
        verdicts.tell_rest();
        throw;
    }
    bus_.publish(events::NodeDoing{"checks", ""});
}

Verdict CheckSeries::run_check(const CheckSpec& spec, const Context& context) {
    const auto id = check::check_id(spec);
    return checker_.run(spec, context, [&](const std::string& seen) {
        bus_.publish(events::NodeDoing{"checks", id + ": " + seen});
    });
}

void CheckSeries::tell(const CheckSpec& spec, const Verdict& verdict) {
    const auto id = check::check_id(spec);
    if (verdict.outcome != Outcome::passed) {
        if (result_.outcome != Outcome::error) result_.outcome = verdict.outcome;
        if (result_.reason.empty()) result_.reason = fmt::format("check {}: {}", id, verdict.summary);
    }
    bus_.publish(events::CheckFinished{id, title_of(spec), verdict.outcome, verdict.summary, verdict.last_seen,
                                       verdict.took, verdict.limit, verdict.ran});
    if (verdict.outcome != Outcome::passed) return;
    if (const auto near = near_limit(verdict.took, verdict.limit)) bus_.info(fmt::format("check {} {}", id, *near));
}

}  // namespace crib::engine
