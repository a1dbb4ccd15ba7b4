// A repro capsule of a real cluster: packed with its state, opened in a place that knows nothing of it.

#include "tests/vm/cluster/real_runs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

namespace crib::vm {
namespace {

namespace fs = std::filesystem;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsEmpty;

class Capsules : public RealRuns {
protected:
    // Caches of its own: what the capsule does not bring is not there.
    Program elsewhere_{Program::Caches::own};
};

std::string opened_run(const std::string& text) {
    std::smatch found;
    const std::regex pattern("(^|\n)([a-z0-9-]+) runs, from the capsule's state");
    return std::regex_search(text, found, pattern) ? found[2].str() : "";
}

TEST_F(Capsules, BootTheBrokenClusterThatSomebodyPackedInAnotherPlace) {
    const auto run = program_.run({"run", "--keep", std::string(CRIB_SOURCE_DIR) + "/scenarios/two-node.json"});
    ASSERT_EQ(run.exit_code, 0);
    const auto id = run_id_of(run.text);
    EXPECT_THAT(
        program_.run({"kubectl", id, "--", "-n", "kube-flannel", "delete", "daemonset", "kube-flannel-ds"}).text,
        HasSubstr("deleted"));
    const auto file = (program_.folder() / "broken.crib").string();
    const auto packed = program_.run({"export", "--with-state", "--with-images", id, file});
    EXPECT_EQ(packed.exit_code, 0);
    EXPECT_THAT(packed.text, HasSubstr("WITH SECRETS"));
    EXPECT_EQ(program_.run({"down", id}).exit_code, 0);

    const auto opened = elsewhere_.run({"open", "--boot", file});
    EXPECT_EQ(opened.exit_code, 0);
    const auto there = opened_run(opened.text);
    ASSERT_NE(there, "") << opened.text;
    EXPECT_THAT(elsewhere_.run({"kubectl", there, "--", "get", "nodes"}).text, ContainsRegex("worker +Ready "));
    EXPECT_THAT(elsewhere_.run({"kubectl", there, "--", "-n", "kube-flannel", "get", "daemonsets"}).text,
                HasSubstr("No resources found"));
    EXPECT_THAT(elsewhere_.run({"ssh", there, "worker", "--", "hostname"}).text, HasSubstr("worker"));
    EXPECT_EQ(elsewhere_.run({"down", there}).exit_code, 0);
    EXPECT_THAT(processes_with(there), IsEmpty());
    EXPECT_FALSE(fs::exists(elsewhere_.runs() / there / "private"));
}

}  // namespace
}  // namespace crib::vm
