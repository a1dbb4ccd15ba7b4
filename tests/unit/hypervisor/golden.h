#pragma once
// Comparing a text with a file of tests/golden.
#include "harness/base/file.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace crib::hypervisor {

// CRIB_UPDATE_GOLDEN=1 writes the file instead.
inline void expect_golden(const std::string& text, const std::string& name) {
    const std::string path = std::string(CRIB_SOURCE_DIR) + "/tests/golden/" + name;
    if (std::getenv("CRIB_UPDATE_GOLDEN") != nullptr) write_file(path, text);
    EXPECT_EQ(text, read_file(path));
}

}  // namespace crib::hypervisor
