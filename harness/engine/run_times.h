#pragma once
// How long a scenario takes, by the records of its earlier runs on this machine.

#include "harness/engine/run_store.h"
#include "harness/scenario/scenario.h"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace crib::engine {

struct StageTime {
    std::string stage;
    Duration took{};
};

// What a run's events.jsonl says of its times.
struct MeasuredRun {
    std::map<std::string, std::string> facts;  // of RunStarted: "kubernetes", "os", "nodes" ...
    std::vector<StageTime> stages;             // in their order
    bool whole = false;                        // it went to its end, and passed
};

// From the text of an events.jsonl; lines that cannot be read are passed over.
[[nodiscard]] MeasuredRun parse_times(std::string_view events);

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

// The newest whole runs of the scenario with this acceleration, the newest first.
[[nodiscard]] std::vector<MeasuredRun> measured_runs(const RunStore& runs, const std::string& scenario,
                                                     hypervisor::Acceleration acceleration);

}  // namespace crib::engine
