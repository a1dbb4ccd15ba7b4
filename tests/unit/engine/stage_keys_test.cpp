#include "harness/engine/stage_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>

namespace crib::engine {
namespace {

provision::PlannedStep step(const std::string& id, const std::string& node, const std::string& stage) {
    provision::PlannedStep step;
    step.id = id;
    step.node = node;
    step.stage = stage;
    step.script = "#!/bin/bash\nrun " + id + "\n";
    step.inputs = {{"VERSION", "1.36.3"}};
    return step;
}

// What a cluster is made of, small.
struct World {
    provision::Plan plan;
    ClusterState state;
    Ground ground{"QEMU 7.2.22", {{"debian-13", "aaaa"}}, "store-1234.ext4"};

    World() {
        plan.stages = {"os-ready", "runtime-ready", "workload-ready"};
        plan.steps = {step("sysctls", "master", "os-ready"), step("install-crio", "master", "runtime-ready"),
                      step("nginx", "master", "workload-ready")};
        plan.steps[1].inputs["CRIO_REPOSITORY_URL"] = "http://packages.crib.test/cri-o/v1.36/deb/";
        plan.steps[2].files = {{"/etc/nginx.conf", 0644, "listen 80;\n"}};
        StateNode node;
        node.node = {{"master", scenario::Role::control_plane, ByteSize::mib(2300), 2, "debian-13"},
                     "192.168.76.11",
                     "52:54:00:76:00:0b",
                     "crib-two-node-ab12-master"};
        node.cpu_model = "Nehalem";
        node.cmdline = "root=/dev/vda";
        state.nodes = {node};
        state.served = {{"/cri-o/v1.36/deb", "/cache/repositories/1111"}};
    }
    [[nodiscard]] std::vector<std::string> keys() const {
        std::vector<std::string> keys;
        for (const auto& stage : stage_keys(plan, state, ground)) keys.push_back(stage.key);
        return keys;
    }
};

// The first stage whose key a change changes; all later ones must change too. 3: none.
std::size_t first_changed(const std::function<void(World&)>& change) {
    World changed;
    change(changed);
    const auto before = World().keys();
    const auto after = changed.keys();
    std::size_t first = 0;
    while (first < before.size() && before[first] == after[first]) ++first;
    for (std::size_t i = first; i < before.size(); ++i) EXPECT_NE(before[i], after[i]) << "stage " << i;
    return first;
}

TEST(StageKeys, AreTheSameForTheSameWorld) {
    EXPECT_EQ(World().keys(), World().keys());
}

TEST(StageKeys, AllChangeWithTheMachines) {
    EXPECT_EQ(first_changed([](World& w) { w.state.nodes[0].node.asked.memory = ByteSize::mib(2400); }), 0U);
    EXPECT_EQ(first_changed([](World& w) { w.state.nodes[0].node.asked.vcpus = 3; }), 0U);
    EXPECT_EQ(first_changed([](World& w) { w.state.nodes[0].cpu_model = "max"; }), 0U);
    EXPECT_EQ(first_changed([](World& w) { w.state.nodes[0].cmdline += " quiet"; }), 0U);
    EXPECT_EQ(first_changed([](World& w) { w.state.acceleration = hypervisor::Acceleration::kvm; }), 0U);
    EXPECT_EQ(first_changed([](World& w) { w.state.internet = true; }), 0U);
    EXPECT_EQ(first_changed([](World& w) { w.ground.hypervisor = "QEMU 8.2"; }), 0U);
    EXPECT_EQ(first_changed([](World& w) { w.ground.images["debian-13"] = "bbbb"; }), 0U);
    EXPECT_EQ(first_changed([](World& w) { w.ground.image_store = "store-5678.ext4"; }), 0U);
    EXPECT_EQ(first_changed([](World& w) { w.state.nodes.push_back(w.state.nodes[0]); }), 0U);
}

// It was rounded to a tenth of a GiB: a run went on from a cluster of other machines.
TEST(StageKeys, ChangeWithEachByteOfMemoryAndDisk) {
    EXPECT_EQ(first_changed([](World& w) { w.state.nodes[0].node.asked.memory.bytes += 1; }), 0U);
    EXPECT_EQ(first_changed([](World& w) { w.state.nodes[0].node.asked.memory = ByteSize::mib(2304); }), 0U);
    EXPECT_EQ(first_changed([](World& w) { w.state.nodes[0].node.asked.disk.bytes += 1; }), 0U);
}

TEST(StageKeys, ChangeWithTheOrderOfSteps) {
    World world;
    world.plan.steps.insert(world.plan.steps.begin() + 1, step("look", "master", "os-ready"));
    const auto before = world.keys();
    std::swap(world.plan.steps[0], world.plan.steps[1]);
    const auto after = world.keys();
    for (std::size_t i = 0; i < before.size(); ++i) EXPECT_NE(before[i], after[i]) << "stage " << i;
    EXPECT_EQ(first_changed([](World& w) { w.plan.steps[1].needs = {"sysctls"}; }), 1U)
        << "it is the order among nodes";
}

TEST(StageKeys, ChangeFromTheStageOfAChangedStepOn) {
    EXPECT_EQ(first_changed([](World& w) { w.plan.steps[0].script += "#\n"; }), 0U);
    EXPECT_EQ(first_changed([](World& w) { w.plan.steps[1].script += "#\n"; }), 1U);
    EXPECT_EQ(first_changed([](World& w) { w.plan.steps[2].script += "#\n"; }), 2U);
    EXPECT_EQ(first_changed([](World& w) { w.plan.steps[2].inputs["VERSION"] = "1.35.6"; }), 2U);
    EXPECT_EQ(first_changed([](World& w) { w.plan.steps[2].files[0].content = "listen 81;\n"; }), 2U);
    EXPECT_EQ(first_changed([](World& w) { w.plan.steps[2].files[0].mode = 0600; }), 2U);
    EXPECT_EQ(first_changed([](World& w) { w.plan.steps.pop_back(); }), 2U);
}

TEST(StageKeys, ChangeWithARepositoryFromTheFirstStepThatIsToldOfIt) {
    EXPECT_EQ(first_changed([](World& w) { w.state.served["/cri-o/v1.36/deb"] = "/cache/repositories/2222"; }), 1U);
    EXPECT_EQ(first_changed([](World& w) { w.state.served["/other"] = "/cache/repositories/3333"; }), 3U);
}

TEST(StageKeys, DoNotChangeWithWhatIsOfOneRunAlone) {
    EXPECT_EQ(first_changed([](World& w) { w.state.nodes[0].node.machine = "crib-two-node-cd34-master"; }), 3U);
    EXPECT_EQ(first_changed([](World& w) { w.state.keys = {"a", "b", "c", "d"}; }), 3U);
    EXPECT_EQ(first_changed([](World& w) { w.state.nodes[0].kernel = "/elsewhere/vmlinuz"; }), 3U);
    EXPECT_EQ(first_changed([](World& w) { w.plan.steps[2].timeout = std::chrono::hours(1); }), 3U);
}

// crib run --swap goes on from what a run without it has saved.
TEST(StageKeys, DoNotSeeWhatALaterStageIsTold) {
    World swapped;
    swapped.plan.stages.emplace_back("swapped");
    swapped.plan.steps.push_back(step("swap-crio", "master", "swapped"));
    swapped.plan.steps.back().inputs["URL"] = "http://packages.crib.test/under-test/cri-o/deb/";
    swapped.state.served["/under-test/cri-o/deb"] = "/cache/repositories/3333";
    const auto usual = World().keys();
    const auto keys = swapped.keys();
    ASSERT_EQ(keys.size(), usual.size() + 1);
    EXPECT_TRUE(std::equal(usual.begin(), usual.end(), keys.begin()));
}

}  // namespace
}  // namespace crib::engine
