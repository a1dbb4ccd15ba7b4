#pragma once
// What keeps an operating system from a repository's packages. Internal to the catalogue.

#include "harness/catalogue/facts.h"

#include <string>

namespace crib::catalogue {

// A sentence, or nothing where nothing does. Without a system: what keeps everybody from them. `cri_o` is the row of
// the version that is wanted, for repositories that have a folder a system; may be null for others.
[[nodiscard]] std::string obstacle(const Repository& repository, const std::string& version, const OperatingSystem* os,
                                   const CriOFacts* cri_o);

}  // namespace crib::catalogue
