#pragma once
// How long a scenario takes, by the records of its earlier runs on this machine.

#include "harness/engine/measured_run.h"
#include "harness/engine/run_store.h"
#include "harness/events/bus.h"
#include "harness/scenario/scenario.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace crib::engine {

// From the text of an events.jsonl; lines that cannot be read are passed over.
[[nodiscard]] MeasuredRun parse_times(std::string_view events);

// Measures a run while it lives.
class TimesWatch final : public events::Sink {
public:
    explicit TimesWatch(events::Bus& bus) : bus_(bus) { bus_.add(*this); }
    ~TimesWatch() override { bus_.remove(*this); }
    TimesWatch(const TimesWatch&) = delete;
    TimesWatch& operator=(const TimesWatch&) = delete;

    void on(const events::Event& event) override;

    // Once all its stages have ended.
    [[nodiscard]] MeasuredRun measured(const events::RunFinished& finished) const;

private:
    events::Bus& bus_;
    MeasuredRun run_;
};

struct ExpectedTime {
    Duration total{};
    std::vector<StageTime> stages;  // the median of each
    std::size_t runs = 0;           // how many were measured
    bool same = true;               // all of them had these versions, this system and as many nodes
};

// Of the runs given, the newest first: the first five with the scenario's versions, system and number of nodes; without
// any, the first five at all. Nothing without a whole run.
[[nodiscard]] std::optional<ExpectedTime> expected_time(const std::vector<MeasuredRun>& runs,
                                                        const scenario::Scenario& scenario);

// The newest runs of the scenario with this acceleration that passed on this machine, the newest first. Of runs of an
// earlier crib, which did not write their times down, as many as can be read in no time.
[[nodiscard]] std::vector<MeasuredRun> measured_runs(const RunStore& runs, const std::string& scenario,
                                                     hypervisor::Acceleration acceleration);

}  // namespace crib::engine
