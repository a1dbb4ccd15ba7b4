#pragma once
// A plan for people and for machines. Pure.

#include "harness/base/next_command.h"
#include "harness/engine/run_plan.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace crib::cli {

// Of a scenario with a matrix: what a plan of it says beside the one run.
struct MatrixSize {
    std::uint64_t cells = 0;
    std::uint64_t excluded = 0;
    bool counted = true;  // false: as many as its axes make, too many to look at each
};

[[nodiscard]] std::string plan_text(const engine::RunPlan& plan, const std::optional<MatrixSize>& matrix,
                                    const NextCommand& next_command = {});

// One document; keys are spelt with '-', durations are seconds, sizes bytes.
[[nodiscard]] std::string plan_json(const engine::RunPlan& plan, const std::optional<MatrixSize>& matrix);
[[nodiscard]] std::string differences_json(const std::vector<engine::PlanDifference>& differences);

// A step as a shell script of its own: its inputs as variables, its files, its commands. `step` is an id, with "@NODE"
// on that node, else on the first that runs it. Error(usage) with the nearest for one that is not in the plan.
[[nodiscard]] std::string step_script(const engine::RunPlan& plan, const std::string& step);

// What a scenario wrote and what it stands for: "kubernetes" to "latest-1"; only those that are not exact.
[[nodiscard]] std::map<std::string, std::string> asked_versions(const scenario::Scenario& scenario);

// "built", "to build", "to fetch".
[[nodiscard]] const char* state_of(const engine::StockedComponent& component);
[[nodiscard]] const char* state_of(const engine::StockedImage& image);

}  // namespace crib::cli
