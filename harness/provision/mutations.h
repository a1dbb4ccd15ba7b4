#pragma once
// with_mutations: the recipe as a scenario changes it. Pure.
//
// Mutations are applied in their order, to the recipe with its profile's steps in it, so that they can change those
// too, and a step that is inserted stands nearer to the step that it names than a profile's. What they mean:
// - skip: the step is not run. Whatever needed it waits for what it needed instead; the stage that it ends still ends.
// - replace: another script runs in its place, with the same inputs, files and outputs.
// - insert-before, insert-after: a new step on the nodes of the step that it stands beside, or on those that the
//   mutation names. What needs a step waits for those inserted after it, too; several after one keep their order.
// - set: an input's value, which wins over the profile's, the operating system's and the recipe's.
// A script that a mutation brings gets every input and file of the recipe, and every output, that it mentions.

#include "harness/provision/plan.h"
#include "harness/provision/recipe.h"
#include "harness/scenario/scenario.h"

#include <string>
#include <vector>

namespace crib::provision {

// Error(usage), beginning with the mutation's path, for a step, input or node that does not exist, with the nearest
// that does; for a step that does not run on a named node; for a new step whose id is taken.
[[nodiscard]] Recipe with_mutations(Recipe recipe, const std::vector<scenario::Mutation>& mutations,
                                    const std::vector<NodeFacts>& nodes);

// One line for people: "skip swap-off on worker".
[[nodiscard]] std::string describe(const scenario::Mutation& mutation);

}  // namespace crib::provision
