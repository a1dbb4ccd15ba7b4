// SIGKILL of crib at any moment, then `crib gc`: nothing of the run stays.

#include "harness/process/boost_runner.h"
#include "tests/vm/cluster/program.h"
#include "tests/vm/kill/killing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>
#include <random>

namespace crib::vm {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::IsEmpty;

constexpr int kKills = 20;
// From before the run's folder is made until both nodes have booted and steps run, on the machines seen so far. The
// early ones are more: there most is made, later the nodes only boot.
constexpr auto kLongest = 14000ms;

std::vector<std::string> run_folders(const Program& program) {
    std::vector<std::string> names;
    std::error_code none_yet;
    for (const auto& entry : fs::directory_iterator(program.runs(), none_yet)) names.push_back(entry.path().filename());
    return names;
}

TEST(Kill, AtAnyMomentLeavesNothingThatGcDoesNotRemove) {
    Program program;
    // What a first run makes for all later ones is not what is killed here.
    ASSERT_EQ(program.run({"run", "--until", "os-ready", std::string(CRIB_SOURCE_DIR) + "/scenarios/two-node.json"})
                  .exit_code,
              0);
    const auto before = run_folders(program);
    std::mt19937 random(20261123);
    std::uniform_real_distribution<double> fraction(0, 1);
    process::BoostRunner runner;
    for (int i = 0; i < kKills; ++i) {
        const auto early = fraction(random);
        const auto after = std::chrono::duration_cast<std::chrono::milliseconds>(kLongest * early * early);
        start_and_kill(runner, program,
                       {"run", "--until", "runtime-ready", std::string(CRIB_SOURCE_DIR) + "/scenarios/two-node.json"},
                       after);
        const auto orphans = run_folders(program);
        std::cout << "killed after " << after.count() << " ms: " << orphans.size() - before.size() << " orphaned run"
                  << std::endl;
        EXPECT_EQ(program.run({"gc"}).exit_code, 0);
        EXPECT_EQ(run_folders(program), before);
        for (const auto& id : orphans) EXPECT_THAT(processes_with(id), IsEmpty());
    }
}

}  // namespace
}  // namespace crib::vm
