#pragma once
// What a scenario does, whatever words it is written in.

#include "harness/scenario/load.h"

#include <string>

namespace crib::scenario {

// The same text for scenarios that set up and check the same: of what can be written in several ways (sizes, taints,
// versions, a script as a text or as lines, what is the default anyway) it has one. Not for people. Its parts are those
// that a plan shows, without the words for people (about, title, why); parameters count where something refers to them.
[[nodiscard]] std::string effect_of(const Scenario& scenario, const Known& known);

}  // namespace crib::scenario
