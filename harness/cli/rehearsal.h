#pragma once
// What a scenario comes to when it is planned, and whether its shell text is shell: mistakes that only these show.

#include "harness/cli/known_facts.h"
#include "harness/process/runner.h"
#include "harness/scenario/load.h"

#include <vector>

namespace crib::cli {

// Of a scenario in which the reader has found nothing. Nothing is built or fetched; `bash -n` reads the shell text, for
// at most `context`.
[[nodiscard]] std::vector<scenario::Clash> mistakes_of_plan(const scenario::Scenario& scenario, const Folders& folders,
                                                            const Knowledge& knowledge);
[[nodiscard]] std::vector<scenario::Clash> mistakes_of_shell(const scenario::Scenario& scenario,
                                                             process::Runner& runner, const Context& context);

}  // namespace crib::cli
