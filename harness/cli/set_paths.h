#pragma once
// Paths of a --set, which are as seen from where crib was started: checkouts, "components.cri-o=local:../cri-o", and
// mutations' scripts, "mutations[0].script=s.sh", in brackets and in JSON as well: "components={"cri-o":
// "local:../cri-o"}". What is recorded must mean the same from any folder.

#include "harness/scenario/scenario.h"

#include <string>
#include <vector>

namespace crib::cli {

// With absolute paths.
[[nodiscard]] std::vector<std::string> with_absolute_paths(std::vector<std::string> sets);

// With the paths at which the scenario that was read with them has found what they name.
[[nodiscard]] std::vector<std::string> with_found_paths(std::vector<std::string> sets,
                                                        const scenario::Scenario& scenario);

}  // namespace crib::cli
