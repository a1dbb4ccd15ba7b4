#pragma once
// Paths that a --set names: checkouts, "components.cri-o=local:../cri-o", and mutations' scripts,
// "mutations[0].script=s.sh", in brackets and in JSON as well: "components={"cri-o": "local:../cri-o"}". What is
// recorded must mean the same from any folder.

#include "harness/scenario/scenario.h"

#include <filesystem>
#include <string>
#include <vector>

namespace crib::scenario {

// With absolute paths; relative ones are meant from `folder`, and that, as an empty one, from the current folder.
// Error(usage) when the current folder is not there any more.
[[nodiscard]] std::vector<std::string> with_absolute_paths(std::vector<std::string> sets,
                                                           const std::filesystem::path& folder = {});

// With the paths at which the scenario that was read with them has found what they name.
[[nodiscard]] std::vector<std::string> with_found_paths(std::vector<std::string> sets, const Scenario& scenario);

// Does it name a checkout or a script?
[[nodiscard]] bool names_path(const std::string& set);

// The scripts that it names, as it names them.
[[nodiscard]] std::vector<std::string> scripts_of(const std::string& set);

}  // namespace crib::scenario
