#pragma once
// What the catalogue knows, for people and for machines.

#include "harness/catalogue/catalogue.h"

#include <string>
#include <vector>

namespace crib::catalogue {

// A row a minor, oldest first, under a heading: COMPONENT, MINOR, KNOWN, MODULES, UPSTREAM (for which systems, where
// not for all), LOCAL, STATE.
[[nodiscard]] std::vector<std::vector<std::string>> version_rows(const Catalogue& catalogue,
                                                                 const std::vector<std::string>& components);

// What the relative names stand for, a row a component under a heading: COMPONENT, FROM, LATEST, LATEST-1, STABLE.
[[nodiscard]] std::vector<std::vector<std::string>> name_rows(const Catalogue& catalogue,
                                                              const std::vector<std::string>& components);

// {"components": [{"name", "names": {"anywhere": {"latest": ...}, "modules": ...}, "versions": [{"version", "sources",
// "state"}]}], "operating-systems": [{"name", "title", ...}]}; a version of no known state has none, and "upstream-for"
// names the systems where its publisher has it for some of them only.
[[nodiscard]] std::string listing_json(const Catalogue& catalogue, const std::vector<std::string>& components);

}  // namespace crib::catalogue
