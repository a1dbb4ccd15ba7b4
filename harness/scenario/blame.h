#pragma once
// Which --set is to blame for what is wrong elsewhere in a scenario. Internal to scenario.

#include "harness/scenario/diagnostic.h"

#include <functional>
#include <string>
#include <vector>

namespace crib::scenario {

// What is wrong with the scenario when it is read with some of the --set.
using DiagnoseWith = std::function<std::vector<Diagnostic>(const std::vector<std::string>& sets)>;

// Gives those of `diagnostics`, which are of all the sets, that seem to be the file's to the flag without which they
// would not be there; and puts the file's own first.
void blame_sets(std::vector<Diagnostic>& diagnostics, const std::vector<std::string>& sets,
                const DiagnoseWith& diagnose_with);

}  // namespace crib::scenario
