#pragma once
// StepRunner: one step of the recipe on one node, with its files, inputs, outputs and events.

#include "harness/base/context.h"
#include "harness/engine/cluster_state.h"
#include "harness/engine/redact.h"
#include "harness/events/bus.h"
#include "harness/guest/node.h"
#include "harness/provision/plan.h"

#include <map>
#include <mutex>
#include <string>

namespace crib::engine {

// Thread-safe: the steps of all nodes share one object, for what one step hands to another.
class StepRunner {
public:
    // `time_factor` stretches the steps' time limits on a slow host.
    StepRunner(events::Bus& bus, double time_factor) : bus_(bus), time_factor_(time_factor) {}

    // Publishes StepStarted, its output and StepFinished. Passed: exit code 0 and all outputs there. Failed: another
    // exit code, a signal, or out of time. Error: the node was lost. Interrupted: the context was cancelled.
    events::Outcome run(const provision::PlannedStep& step, guest::Node& node, const Context& context);

    void skip(const provision::PlannedStep& step, const std::string& reason);

    // What the steps so far have left to later ones; and the same of steps that are not run again.
    [[nodiscard]] std::map<std::string, StepValue> outputs() const;
    void recall(std::map<std::string, StepValue> outputs);

    // A redactor that knows the secrets seen so far.
    [[nodiscard]] Redactor redactor() const;

private:
    struct Tail;

    events::StepFinished attempt(const provision::PlannedStep& step, guest::Node& node, const Context& context);
    void prepare(const provision::PlannedStep& step, guest::Node& node, const Context& context) const;
    void take_outputs(const provision::PlannedStep& step, guest::Node& node, const Context& context);
    [[nodiscard]] std::map<std::string, std::string> environment(const provision::PlannedStep& step,
                                                                 bool hide_secrets) const;

    events::Bus& bus_;
    double time_factor_;
    mutable std::mutex mutex_;
    std::map<std::string, StepValue> outputs_;
};

}  // namespace crib::engine
