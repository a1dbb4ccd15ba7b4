#pragma once
// RealRuns: a test of real runs. The files of one that failed stay, for a person to read.

#include "tests/vm/cluster/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <iostream>
#include <regex>
#include <string>
#include <vector>

namespace crib::vm {

class RealRuns : public testing::Test {
protected:
    void TearDown() override {
        if (!HasFailure()) return;
        program_.keep_files();
        std::cout << "the runs' files are in " << program_.runs() << std::endl;
    }

    // The runs that are made of the checkpoint.
    std::vector<std::string> restored(const std::string& checkpoint, int copies = 1) {
        const auto run = program_.run({"restore", checkpoint, "--copies", std::to_string(copies)});
        EXPECT_EQ(run.exit_code, 0);
        std::vector<std::string> ids;
        const std::regex line("(^|\n)([a-z0-9-]+) runs, from checkpoint " + checkpoint + ",");  // as it was called here
        for (std::sregex_iterator found(run.text.begin(), run.text.end(), line), end; found != end; ++found) {
            ids.push_back((*found)[2].str());
        }
        EXPECT_EQ(ids.size(), static_cast<std::size_t>(copies));
        return ids;
    }

    void expect_nothing_left(const std::string& id) {
        EXPECT_THAT(processes_with(id), testing::IsEmpty());
        EXPECT_FALSE(std::filesystem::exists(program_.runs() / id / "private"));
    }

    Program program_;
};

}  // namespace crib::vm
