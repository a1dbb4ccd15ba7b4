#pragma once
// CheckSeries: the checks of a run. Those that may look at the same time do; what is told keeps the scenario's order.

#include "harness/check/checker.h"
#include "harness/events/bus.h"

#include <string>
#include <vector>

namespace crib::engine {

class CheckSeries {
public:
    struct Result {
        events::Outcome outcome = events::Outcome::passed;
        std::string reason;  // "check ID: ..." of the first that did not pass, in the scenario's order
    };

    // Neither the view nor the bus is owned.
    CheckSeries(check::ClusterView& view, const check::Settings& settings, events::Bus& bus);

    // Throws Error(cancelled) when stopped, with what had a verdict by then published.
    Result run(const std::vector<check::CheckSpec>& specs, const Context& context);

    // Removes what the checks made in the cluster.
    void clean_up(const Context& context) noexcept { checker_.clean_up(context); }

private:
    using Wave = std::vector<check::CheckSpec>;

    void run_wave(const Wave& wave, const Context& context);
    check::Verdict run_check(const check::CheckSpec& spec, const Context& context);
    void tell(const check::CheckSpec& spec, const check::Verdict& verdict);

    events::Bus& bus_;
    double factor_;
    check::Checker checker_;
    Result result_;
};

// Neighbours of one turn, none twice, are a wave; waves come one after the other.
[[nodiscard]] std::vector<std::vector<check::CheckSpec>> waves_of(const std::vector<check::CheckSpec>& specs);

}  // namespace crib::engine
