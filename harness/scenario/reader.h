#pragma once
// read_scenario: from a document to a Scenario, reporting all that is wrong on its way. Internal to scenario.

#include "harness/scenario/document.h"
#include "harness/scenario/load.h"

#include <filesystem>

namespace crib::scenario {

// Only to be used when the document has nothing to report afterwards.
[[nodiscard]] Scenario read_scenario(Document& document, const Known& known, const std::filesystem::path& file);

// The same with all that is asked of a whole scenario. Flags have been applied.
[[nodiscard]] LoadResult read_document(Document& document, const std::filesystem::path& file, const Known& known);

}  // namespace crib::scenario
