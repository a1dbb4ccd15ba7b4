#pragma once
// Checkouts that a --set names, whose paths are as seen from where crib was started: "components.cri-o=local:../cri-o",
// "components[cri-o]=...", or "components={"cri-o": "local:../cri-o"}". What is recorded must mean the same from any
// folder.

#include "harness/scenario/scenario.h"

#include <string>
#include <vector>

namespace crib::cli {

// With absolute paths.
[[nodiscard]] std::vector<std::string> with_absolute_checkouts(std::vector<std::string> sets);

// With the paths that the scenario has found these checkouts at.
[[nodiscard]] std::vector<std::string> with_found_checkouts(std::vector<std::string> sets,
                                                            const scenario::Scenario& scenario);

}  // namespace crib::cli
