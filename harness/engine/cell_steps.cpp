// The chapter of a cell in which the recipe's steps are run, with a checkpoint at the end of some stages.

#include "harness/base/file.h"
#include "harness/engine/cell_session.h"
#include "harness/engine/schedule.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::engine {

using events::Outcome;

// The steps by their places in the plan, cut where a checkpoint is saved: nobody begins with what comes behind it.
std::vector<std::vector<std::size_t>> CellSession::chapters() const {
    std::vector<std::vector<std::size_t>> chapters(1);
    for (std::size_t stage = done_stages_; stage < plan_.stages.size(); ++stage) {
        for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
            if (plan_.steps[i].stage == plan_.stages[stage]) chapters.back().push_back(i);
        }
        if (saves_after(plan_.stages[stage])) chapters.emplace_back();
    }
    // The order of the plan within a chapter: a profile may have put a step of a later stage before one of an earlier.
    for (auto& chapter : chapters) std::sort(chapter.begin(), chapter.end());
    std::erase_if(chapters, [](const auto& chapter) { return chapter.empty(); });
    return chapters;
}

Outcome CellSession::provision(const Context& context) {
    // The plan's own limits already hold the profile's factor.
    steps_ = std::make_unique<StepRunner>(bus_, state_.slowness);
    steps_->recall(state_.outputs);
    Outcome outcome = Outcome::passed;
    const auto all = chapters();
    if (!all.empty()) {
        // Whoever kills this crib leaves a cluster of which nobody knows how far it has come.
        state_.begun = true;
        write_file(folder_.state(), to_json(state_), 0600);
    }
    for (const auto& chapter : all) {
        if (outcome != Outcome::passed) {
            for (const auto i : chapter) steps_->skip(plan_.steps[i], "an earlier stage did not pass");
            continue;
        }
        outcome = run_chapter(chapter, context);
        const auto& last = plan_.steps[chapter.back()].stage;
        if (outcome == Outcome::passed && saves_after(last)) save_checkpoint(last, context);
    }
    set_up_ = outcome == Outcome::passed;
    return outcome;
}

void CellSession::note_progress() {
    const auto has_steps = [&](const std::string& stage) {
        return std::any_of(plan_.steps.begin(), plan_.steps.end(), [&](const auto& s) { return s.stage == stage; });
    };
    auto ended = done_stages_;
    while (ended < plan_.stages.size() &&
           (set_up_ || passed_stages_.contains(plan_.stages[ended]) || !has_steps(plan_.stages[ended]))) {
        ++ended;
    }
    state_.stage = ended == 0 ? "" : plan_.stages[ended - 1];
    state_.begun = !set_up_;
    if (steps_) state_.outputs = steps_->outputs();
}

Outcome CellSession::run_chapter(const std::vector<std::size_t>& steps, const Context& context) {
    std::vector<Task> tasks;
    for (const auto i : steps) {
        const auto& step = plan_.steps[i];
        tasks.push_back({step.id, step.node, step.stage, step.needs});
    }
    std::vector<std::string> swaps;
    for (const auto& task : tasks) {
        if (task.stage == provision::kSwapStage) swaps.push_back(task.step);
    }
    // Behind the plan's steps: where a runtime was swapped, its stage ends when the cluster has come to rest.
    if (!swaps.empty()) tasks.push_back({kSettleStep, control_plane().name(), provision::kSwapStage, swaps});
    const auto step_of = [&](std::size_t task) -> const provision::PlannedStep& { return plan_.steps[steps[task]]; };
    const auto doing = [&](std::size_t task, const std::string& what) {
        bus_.publish(events::NodeDoing{tasks[task].node, what});
    };
    ScheduleCalls calls;
    calls.run = [&](std::size_t task, const Context& inner) {
        doing(task, "");  // no longer waiting
        if (task == steps.size()) return settle_swapped(tasks[task].node, inner);
        const auto& step = step_of(task);
        const bool is_swap = step.stage == provision::kSwapStage;
        if (is_swap) swap_watch_.before(guest(step.node), inner);
        const auto start = inner.clock->now();
        const auto outcome = steps_->run(step, guest(step.node), inner);
        if (is_swap && outcome == Outcome::passed) {
            swap_watch_.took(inner.clock->now() - start);
            swap_watch_.after(guest(step.node), inner);
        }
        if (outcome == Outcome::failed) blame(fmt::format("step {} on {} failed", step.id, step.node));
        if (outcome == Outcome::error) {
            blame(cause_of_loss(inner).value_or(fmt::format("step {}: {} was lost", step.id, step.node)));
        }
        return outcome;
    };
    calls.skip = [&](std::size_t task, const std::string& reason) {
        if (task < steps.size()) steps_->skip(step_of(task), reason);
    };
    calls.waiting = [&](std::size_t task, const std::string& step) { doing(task, "waits for " + step); };
    calls.stage_started = [&](const std::string& stage) { bus_.publish(events::StageStarted{stage}); };
    calls.stage_finished = [&](const std::string& stage, Outcome outcome, Duration took) {
        if (outcome == Outcome::passed) passed_stages_.insert(stage);
        bus_.publish(events::StageFinished{stage, outcome, took});
    };
    return run_schedule(tasks, calls, context);
}

}  // namespace crib::engine
