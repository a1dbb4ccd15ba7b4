#pragma once
// Mutations without an effect: of a step that does not run where it is meant, for "when" it does depends on versions
// and systems. Pure.

#include "harness/provision/plan.h"

#include <string>
#include <vector>

namespace crib::provision {

struct IdleMutation {
    std::string mutation;  // "$.mutations[0]"
    std::string path;      // "$.mutations[0].skip"
    std::string reason;    // a sentence
    std::string hint;      // may be empty
};

// Those of facts.mutations; Error as of plan_steps().
[[nodiscard]] std::vector<IdleMutation> idle_mutations(const Recipe& recipe, const RunFacts& facts);

// Error(usage) that begins with the path of the first one.
void require_effects(const Recipe& recipe, const RunFacts& facts);

}  // namespace crib::provision
