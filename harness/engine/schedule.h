#pragma once
// Schedule: runs the steps of a recipe on all nodes at once, as far as their order allows.

#include "harness/base/context.h"
#include "harness/events/event.h"

#include <functional>
#include <string>
#include <vector>

namespace crib::engine {

// One step on one node.
struct Task {
    std::string step;
    std::string node;
    std::string stage;
    // Steps that must have passed on every node they run on before this one starts.
    std::vector<std::string> needs;
};

struct ScheduleCalls {
    // Runs a task to its end. The context is cancelled when another task has failed.
    std::function<events::Outcome(std::size_t task, const Context&)> run;
    // The task will not run, because `reason`. Also called for those behind a failed one.
    std::function<void(std::size_t task, const std::string& reason)> skip;
    std::function<void(const std::string& stage)> stage_started;
    std::function<void(const std::string& stage, events::Outcome, Duration took)> stage_finished;
    // The node waits for a step of other nodes.
    std::function<void(std::size_t task, const std::string& needed_step)> waiting;
};

// Each node runs its tasks in the order given, in a thread of its own; the calls come from those
// threads, one at a time except `run`. The first task that does not pass ends the schedule: running
// tasks are cancelled, the others skipped. Returns its outcome, or passed. A `run` that throws ends the
// schedule likewise, and the exception leaves this function.
events::Outcome run_schedule(const std::vector<Task>& tasks, const ScheduleCalls& calls, const Context& context);

}  // namespace crib::engine
