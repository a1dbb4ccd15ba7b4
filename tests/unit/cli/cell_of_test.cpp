// A scenario as the catalogue's rules look at it.

#include "harness/cli/cell_of.h"

#include <gtest/gtest.h>

namespace crib::cli {
namespace {

TEST(CellOf, HasWhatTheRulesAskOfAScenario) {
    scenario::Scenario scenario;
    scenario.os = "debian-13";
    scenario.versions = {{"kubernetes", "1.36.3"}};
    scenario.components = {{"cri-o", "local:../cri-o"}};
    scenario::Node master;
    master.name = "master";
    master.role = scenario::Role::control_plane;
    master.memory = ByteSize::mib(2300);
    master.os = "debian-13";
    scenario::Node worker;
    worker.name = "worker1";
    worker.memory = ByteSize::mib(1800);
    worker.os = "debian-12";
    worker.versions = {{"kubernetes", "1.35.6"}};
    scenario.nodes = {master, worker};
    scenario::Mutation all;
    all.kind = scenario::Mutation::Kind::set;
    all.inputs = {{"RUNTIME", "crun"}};
    scenario::Mutation one = all;
    one.inputs = {{"RUNTIME", "runc"}};
    one.nodes = {"worker1"};
    scenario.mutations = {all, one};

    const auto cell = cell_of(scenario);
    EXPECT_EQ(cell.os, "debian-13");
    EXPECT_EQ(cell.versions.at("kubernetes"), "1.36.3");
    EXPECT_EQ(cell.sources.at("cri-o"), "local:../cri-o");
    ASSERT_EQ(cell.nodes.size(), 2U);
    EXPECT_TRUE(cell.nodes[0].control_plane);
    EXPECT_EQ(cell.nodes[0].os, "");
    EXPECT_EQ(cell.nodes[0].runtime, "crun");
    EXPECT_EQ(cell.nodes[0].memory_mib, 2300U);
    EXPECT_EQ(cell.nodes[1].os, "debian-12");
    EXPECT_EQ(cell.nodes[1].runtime, "runc");
    EXPECT_EQ(cell.nodes[1].versions.at("kubernetes"), "1.35.6");
}

}  // namespace
}  // namespace crib::cli
