#pragma once
// A step of a plan as people are shown it. Internal to provision.

#include "harness/provision/plan.h"

#include <string>
#include <string_view>
#include <vector>

namespace crib::provision {

// One step and all the nodes that run it.
struct ShownStep {
    std::vector<const PlannedStep*> on;  // never empty

    [[nodiscard]] const PlannedStep& first() const { return *on.front(); }
};

[[nodiscard]] std::vector<ShownStep> shown_steps(const Plan& plan);

// "on every node", "on the control plane", "on each worker".
[[nodiscard]] std::string who_runs(const ShownStep& step, const RunFacts& facts);

// The comment that a script begins with, as one paragraph, and its commands.
struct ScriptParts {
    std::string why;
    std::string commands;
};
[[nodiscard]] ScriptParts parts_of(const std::string& script);

// `text` with $NAME and ${NAME} replaced by values that mean the same to a shell wherever they stand; the rest of the
// values stay variables.
[[nodiscard]] std::string with_values(const std::string& text, const std::map<std::string, std::string>& values);

// Does `text` use the variable?
[[nodiscard]] bool uses_variable(const std::string& text, const std::string& name);

// "control plane's title" for an operating system or its name, and the versions: one line for people.
[[nodiscard]] std::string describe_facts(const Recipe& recipe, const RunFacts& facts);

}  // namespace crib::provision
