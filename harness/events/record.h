#pragma once
// RunRecord: what happened, as a tree of values; built from the events, read by the reports.

#include "harness/events/bus.h"
#include "harness/events/event.h"

#include <string>
#include <vector>

namespace crib::events {

struct RunRecord {
    RunStarted started;
    WallTime began{};
    std::vector<StageFinished> stages;  // in the order in which they ended
    std::vector<StepFinished> steps;
    std::vector<CheckFinished> checks;
    std::vector<Notice> notices;  // warnings and errors
    std::vector<Table> tables;
    Duration outside_stages{};  // in which no stage ran
    RunFinished finished;
    bool complete = false;  // a RunFinished was seen
};

class Recorder final : public Sink {
public:
    void on(const Event& event) override;
    [[nodiscard]] const RunRecord& record() const { return record_; }
    void clear() { *this = {}; }

private:
    void count_time(const Event& event);

    RunRecord record_;
    std::size_t stages_at_work_ = 0;  // they overlap
    Duration idle_since_{};
};

}  // namespace crib::events
