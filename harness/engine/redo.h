#pragma once
// What a kept cluster can go back to before a step is run again. Pure.

#include "harness/checkpoint/keys.h"
#include "harness/checkpoint/run_stages.h"
#include "harness/engine/checkpoints.h"
#include "harness/engine/cluster_state.h"
#include "harness/provision/plan.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace crib::engine {

// A saved instant of the cluster, or one that would have been saved if it is there at all.
struct Instant {
    std::string name;            // a stage, or what a person calls it
    checkpoint::KeyChain chain;  // what it is found by
    checkpoint::KeyChain led;    // of the stages that had ended then, as they were
    std::size_t stages = 0;      // how many these are of the plan's
};

// The place of the stage in which the step runs first. Error(usage), naming the nearest id, for a step that the plan
// does not have.
[[nodiscard]] std::size_t stage_of_step(const provision::Plan& plan, const std::string& step);

// Where the cluster may have been before the stage at place `end`, the latest first; of those of one stage, the one
// that the plan leads to comes first, then the one that the run came by, then what people named, the newest first.
// `now` is the keys of the plan's stages, `then` those of the run's; of `named`, only checkpoints of the cluster `here`
// count, and of those only such as nobody had begun a later stage in.
[[nodiscard]] std::vector<Instant> instants_before(std::size_t end, const checkpoint::KeyChain& now,
                                                   const checkpoint::RunStages& then,
                                                   const std::vector<NamedCheckpoint>& named, const ClusterState& here);

// What led to it is what the plan says.
[[nodiscard]] bool leads_to(const checkpoint::KeyChain& now, const Instant& instant);

struct Change {
    std::string step;      // the first that is not as it was; empty: it is no step
    std::string what;      // "step flannel on master script differs: …"
    std::size_t more = 0;  // so many other things differ in that stage
};

// Why a plan does not lead to an instant.
[[nodiscard]] Change first_change(const provision::Plan& plan, const checkpoint::KeyChain& now, const Instant& instant);

// The steps that are run again although they come before `step`: those of the stages from place `begin` on, each once.
[[nodiscard]] std::vector<std::string> steps_before(const provision::Plan& plan, const std::string& step,
                                                    std::size_t begin);

}  // namespace crib::engine
