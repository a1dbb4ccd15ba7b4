// All of scenarios/versions.json for real.

#include "tests/vm/cluster/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crib::vm {
namespace {

TEST(MatrixOfVersions, PassesAsAWhole) {
    Program program;
    const auto run = program.run({"matrix", std::string(CRIB_SOURCE_DIR) + "/scenarios/versions.json"});
    if (run.exit_code != 0) program.keep_files();
    EXPECT_EQ(run.exit_code, 0);
    EXPECT_THAT(run.text, testing::HasSubstr("passed: versions in "));
    EXPECT_THAT(program.run({"gc"}).text, ::testing::StartsWith("nothing was left behind\n"));
}

}  // namespace
}  // namespace crib::vm
