#pragma once
// A run that must fail, and where: what is seen of its failures, and the judgement.

#include "harness/events/bus.h"
#include "harness/scenario/scenario.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace crib::engine {

// A step or check that failed.
struct Failure {
    enum class Kind { step, check };
    Kind kind = Kind::step;
    std::string id;          // of the step, or of the check: "http pod=nginx"
    std::string check_kind;  // of a check: "http"
    std::string node;        // of a step
    std::string said;        // all that the step wrote, or the check said and saw last
};

struct Seen {
    std::vector<Failure> failures;  // in the order in which they came
    bool reached = true;            // false: the run was cut short before the place of the expected failure
};

struct Judgement {
    events::Outcome outcome = events::Outcome::passed;
    std::string reason;        // one line; may be empty for a run that passed
    bool as_expected = false;  // it failed where and as it was to
};

// Pure. `outcome` and `reason` are the run's without an expectation. Failed as expected: passed. Passed, or failed
// otherwise: failed. What is no failure of the product (error, interrupted) stays what it is.
[[nodiscard]] Judgement judge(const scenario::Expect& expect, events::Outcome outcome, const std::string& reason,
                              const Seen& seen);

// Gathers the failures of one run from its events.
class FailureWatch final : public events::Sink {
public:
    FailureWatch(const scenario::Scenario& scenario, const scenario::Expect& expect);

    void on(const events::Event& event) override;

    // `cut_short`: the run was not to go to its end.
    [[nodiscard]] Seen seen(bool cut_short) const { return {failures_, was_there_ || !cut_short}; }

private:
    void note(const events::StepOutput& output);
    void note(const events::StepFinished& step);
    void note(const events::CheckFinished& check);

    scenario::Expect expect_;
    std::map<std::string, std::string> kind_of_check_;                   // by id
    std::map<std::pair<std::string, std::string>, std::string> output_;  // of the expected step, by step and node
    std::vector<Failure> failures_;
    bool was_there_ = false;
};

}  // namespace crib::engine
