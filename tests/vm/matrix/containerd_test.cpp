// The second recipe for real: containerd in CRI-O's place, as data alone.

#include "harness/base/file.h"
#include "tests/vm/cluster/real_runs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crib::vm {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

const std::string kScenario = std::string(CRIB_SOURCE_DIR) + "/scenarios/containerd.json";

class Containerd : public RealRuns {};

TEST_F(Containerd, RunsTheClusterAndIsSeenInTheRuntimeColumn) {
    const auto run = program_.run({"run", kScenario});
    EXPECT_EQ(run.exit_code, 0);
    EXPECT_THAT(run.text, ContainsRegex("\nworker +Ready .* containerd://[0-9.]+\n"));
}

// Goes on from the checkpoints of the run before.
TEST_F(Containerd, FailsTwoNodesCheckOfTheRuntimeWithTheNodesNamed) {
    const auto file = program_.folder() / "wrong.json";
    write_file(file, R"({"name": "containerd", "extends": ")" + kScenario + R"(", "checks": [
 {"container-runtime": {"equals": "cri-o://1.36.3"}}]})");
    const auto run = program_.run({"run", file.string()});
    EXPECT_EQ(run.exit_code, 1);
    EXPECT_THAT(run.text, HasSubstr("node worker has container runtime containerd://"));
    EXPECT_THAT(run.text, HasSubstr(", not cri-o://1.36.3"));
}

}  // namespace
}  // namespace crib::vm
