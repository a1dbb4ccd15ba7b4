// The scenarios that are neither two-node nor a matrix, for real.

#include "tests/vm/cluster/real_runs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crib::vm {
namespace {

using testing::ContainsRegex;

class OtherScenarios : public RealRuns {
protected:
    std::string passes(const std::string& name) {
        const auto run = program_.run({"run", std::string(CRIB_SOURCE_DIR) + "/scenarios/" + name + ".json"});
        EXPECT_EQ(run.exit_code, 0);
        return run.text;
    }
};

TEST_F(OtherScenarios, OneNodeDoesEverythingWithoutItsTaint) {
    EXPECT_THAT(passes("single-node"), ContainsRegex("\ndefault +nginx +1/1 +Running .* master "));
}

TEST_F(OtherScenarios, AWorkerMayBeOneMinorBehind) {
    EXPECT_THAT(passes("worker-behind"), ContainsRegex("\nworker +Ready .* v1\\.35\\.6 "));
}

TEST_F(OtherScenarios, ThreeWorkersMakeFourNodesReady) {
    EXPECT_THAT(passes("three-workers"), ContainsRegex("all 4 nodes are Ready"));
}

}  // namespace
}  // namespace crib::vm
