#pragma once
// The real catalogue, read once.

#include "harness/catalogue/catalogue.h"

namespace crib::catalogue {

inline const Catalogue& real_catalogue() {
    static const Catalogue catalogue = Catalogue::read(std::filesystem::path(CRIB_SOURCE_DIR) / "fixtures/catalogue",
                                                       std::filesystem::path(CRIB_SOURCE_DIR) / "fixtures/components");
    return catalogue;
}

}  // namespace crib::catalogue
