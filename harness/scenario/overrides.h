#pragma once
// --set PATH=VALUE: changes to a scenario's JSON from the command line. Internal to scenario.

#include "harness/scenario/document.h"

#include <string>

namespace crib::scenario {

// Puts the value where the path leads; what is wrong with it is reported naming the flag. An element of a
// list is named by its number (nodes[0].memory) or, where elements have one, by its name (nodes.worker.memory).
void apply_set(Document& document, const std::string& set);

}  // namespace crib::scenario
