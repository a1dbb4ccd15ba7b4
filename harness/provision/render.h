#pragma once
// A recipe as text for people: what crib would do on each node, with every value filled in. Pure.

#include "harness/provision/plan.h"

#include <string>
#include <vector>

namespace crib::provision {

// Markdown: numbered steps, each with who runs it, what it does and why, and its commands. `notes` are sentences that
// people should read before.
[[nodiscard]] std::string render_tutorial(const Recipe& recipe, const RunFacts& facts,
                                          const std::vector<std::string>& notes = {});

// One shell script for real machines, with a section a role: `bash FILE control-plane`, `bash FILE worker OUTPUTS` and
// what must be done after the workers have joined. A node's own name and address are found out where it runs.
[[nodiscard]] std::string render_script(const Recipe& recipe, const RunFacts& facts,
                                        const std::vector<std::string>& notes = {});

}  // namespace crib::provision
