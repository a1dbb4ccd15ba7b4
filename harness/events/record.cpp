#include "harness/events/record.h"

namespace crib::events {
namespace {

struct Keeper {
    RunRecord& record;
    WallTime wall;

    void operator()(const RunStarted& e) const {
        record.started = e;
        record.began = wall;
    }
    void operator()(const StageFinished& e) const { record.stages.push_back(e); }
    void operator()(const StepFinished& e) const { record.steps.push_back(e); }
    void operator()(const CheckFinished& e) const { record.checks.push_back(e); }
    void operator()(const Notice& e) const {
        if (e.level != Level::info) record.notices.push_back(e);
    }
    void operator()(const Table& e) const { record.tables.push_back(e); }
    void operator()(const RunFinished& e) const {
        record.finished = e;
        record.complete = true;
    }
    template <typename Other>
    void operator()(const Other&) const {}
};

}  // namespace

void Recorder::on(const Event& event) {
    std::visit(Keeper{record_, event.wall}, event.body);
    count_time(event);
}

void Recorder::count_time(const Event& event) {
    if (std::holds_alternative<RunStarted>(event.body)) {
        idle_since_ = event.at;
    } else if (std::holds_alternative<StageStarted>(event.body)) {
        if (stages_at_work_++ == 0) record_.outside_stages += event.at - idle_since_;
    } else if (std::holds_alternative<StageFinished>(event.body)) {
        if (stages_at_work_ > 0 && --stages_at_work_ == 0) idle_since_ = event.at;
    } else if (std::holds_alternative<RunFinished>(event.body)) {
        if (stages_at_work_ == 0) record_.outside_stages += event.at - idle_since_;
    }
}

}  // namespace crib::events
