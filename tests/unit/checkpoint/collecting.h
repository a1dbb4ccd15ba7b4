#pragma once
// A store with three entries, to be collected from.

#include "tests/unit/checkpoint/small_store.h"

#include <gtest/gtest.h>

namespace crib::checkpoint {

inline constexpr std::size_t kBig = 600'000;

class Collecting : public testing::Test, protected SmallStore {
protected:
    // Three entries of a bit more than two times kBig each (memory, and a disk of the same content).
    void SetUp() override {
        for (unsigned i = 0; i < 3; ++i) saved_.push_back(save(std::to_string(i), noise(kBig, i)));
    }
    Collected collect(std::size_t entries_worth) {
        return store.collect(ByteSize{2 * kBig * entries_worth + kBig}, context());
    }
    std::vector<std::string> saved_;
};

}  // namespace crib::checkpoint
