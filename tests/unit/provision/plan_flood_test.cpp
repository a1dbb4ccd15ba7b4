// As many nodes and inserted steps as a scenario may have are planned in a time that grows as the plan does.

#include "harness/provision/plan.h"

#include "tests/support/flood.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace crib::provision {
namespace {

using scenario::Mutation;

const std::filesystem::path kFixtures = std::filesystem::path(CRIB_SOURCE_DIR) / "fixtures";

struct Flood {
    const char* name;
    Mutation::Kind kind;
    bool is_skipped;
};

RunFacts facts_of(const Flood& flood, std::size_t nodes, std::size_t inserted) {
    RunFacts facts;
    facts.nodes = {{"master", true, "192.168.76.11", "debian-13", {}}};
    for (std::size_t i = 1; i < nodes; ++i) {
        facts.nodes.push_back({fmt::format("worker{}", i), false, fmt::format("192.168.77.{}", i), "debian-13", {}});
    }
    facts.versions = {{"kubernetes", "1.36.3"}, {"cri-o", "1.36.3"}, {"flannel", "0.28.10"}};
    facts.images = {{"pause", "registry.k8s.io/pause:3.10.2"}, {"nginx", "docker.io/library/nginx:1.29.1"}};
    facts.flannel_manifest = "kind: DaemonSet\n";
    for (std::size_t i = 0; i < inserted; ++i) {
        Mutation one;
        one.kind = flood.kind;
        one.step = "kubelet-drop-in";
        one.id = fmt::format("look-{}", i);
        one.script = "true\n";
        one.path = fmt::format("$.mutations[{}]", i);
        facts.mutations.push_back(one);
        if (!flood.is_skipped || i % 2 == 0) continue;
        one.kind = Mutation::Kind::skip;
        one.step = one.id;
        facts.mutations.push_back(one);
    }
    return facts;
}

class APlan : public ::testing::TestWithParam<Flood> {
protected:
    [[nodiscard]] double seconds_of(std::size_t nodes, std::size_t inserted) const {
        const auto facts = facts_of(GetParam(), nodes, inserted);
        std::size_t steps = 0;
        const auto seconds = test::cpu_seconds([&] { steps = plan_steps(recipe, facts).steps.size(); });
        EXPECT_GT(steps, nodes * inserted / 2);
        return seconds;
    }

    Recipe recipe = load_recipe(kFixtures / "recipes/crio-kubeadm-flannel");
};

TEST_P(APlan, OfEightTimesTheNodesTakesAboutEightTimesTheTime) {
    const auto small = seconds_of(25, 100);
    const auto large = seconds_of(200, 100);
    EXPECT_LT(large, 24 * small + 0.1) << small << " s, then " << large << " s";
}

TEST_P(APlan, OfEightTimesTheStepsTakesAboutEightTimesTheTime) {
    const auto small = seconds_of(100, 24);
    const auto large = seconds_of(100, 192);
    EXPECT_LT(large, 24 * small + 0.1) << small << " s, then " << large << " s";
}

INSTANTIATE_TEST_SUITE_P(Of, APlan,
                         ::testing::Values(Flood{"StepsBeforeOne", Mutation::Kind::insert_before, false},
                                           Flood{"StepsAfterOne", Mutation::Kind::insert_after, false},
                                           Flood{"StepsThatAreSkippedAgain", Mutation::Kind::insert_before, true}),
                         [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace crib::provision
