#pragma once
// What the catalogue's rules say of a combination, as people read it.

#include "harness/catalogue/legality.h"
#include "harness/scenario/load.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace crib::cli {

// Each as "REASON (on worker1, worker2)".
[[nodiscard]] std::vector<std::string> sentences(const std::vector<catalogue::Illegal>& found);

// Error(usage) with all reasons for which `what`, a scenario or a recipe on a system, cannot work.
void require_legal(const catalogue::Legality& rules, const catalogue::Cell& cell, const std::string& what,
                   const std::string& hint);

// For scenario::Known. A scenario that is to be shown to fail is not refused. Of one with a matrix it is the scenario
// itself, as `crib plan` and `crib run` take it: illegal cells the matrix leaves out by itself, and nobody is warned.
[[nodiscard]] std::function<std::vector<scenario::Clash>(const scenario::Scenario&)> clashes_by(
    std::shared_ptr<const catalogue::Legality> rules);

}  // namespace crib::cli
