#pragma once
// What a node's memory holds and a checkpoint need not: given back before the node stands still.

#include "harness/base/context.h"
#include "harness/guest/node.h"

#include <vector>

namespace crib::engine {

// Fills free memory with zeros, which a checkpoint does not store; Linux leaves there what was there. The page cache
// stays: a restored guest would read it again, and that takes it longer than loading it.
// A node that cannot is saved with all that it has. Error(cancelled) only.
void release_unused_memory(const std::vector<guest::Node*>& guests, const Context& context);

}  // namespace crib::engine
