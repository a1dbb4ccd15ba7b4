#pragma once
// RealRuns: a test of real runs. The files of one that failed stay, for a person to read.

#include "tests/vm/cluster/program.h"

#include <gtest/gtest.h>

#include <iostream>

namespace crib::vm {

class RealRuns : public testing::Test {
protected:
    void TearDown() override {
        if (!HasFailure()) return;
        program_.keep_files();
        std::cout << "the runs' files are in " << program_.runs() << std::endl;
    }

    Program program_;
};

}  // namespace crib::vm
