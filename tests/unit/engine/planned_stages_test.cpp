// What cells of a matrix share, by their plans.

#include "harness/engine/planned_stages.h"

#include "harness/base/file.h"
#include "harness/engine/real_stock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

namespace crib::engine {
namespace {

using scenario::Mutation;
using ::testing::ElementsAre;

const std::filesystem::path kSource = CRIB_SOURCE_DIR;

class PlannedStages : public ::testing::Test {
protected:
    component::Table table{kSource / "fixtures" / "components"};
    Cell cell;

    void SetUp() override {
        cell.scenario.name = "two-node";
        cell.scenario.os = "debian-13";
        cell.scenario.recipe = "crio-kubeadm-flannel";
        cell.scenario.versions = {{"kubernetes", "1.36.3"}, {"cri-o", "1.36.3"}, {"flannel", "0.28.10"}};
        cell.scenario.nodes = {{"master", scenario::Role::control_plane, ByteSize::mib(2300), 2, "debian-13"},
                               {"worker", scenario::Role::worker, ByteSize::mib(1800), 2, "debian-13"}};
        cell.recipe = provision::load_recipe(kSource / "fixtures" / "recipes" / "crio-kubeadm-flannel");
        cell.emulated_profile = provision::load_profile(kSource / "fixtures" / "profiles" / "emulated-host");
    }

    [[nodiscard]] PlannedSetUp planned(const Cell& one) const {
        return planned_set_up(one, needed_stock(table, {{}, {}, kSource}, one.scenario));
    }

    [[nodiscard]] std::vector<PlannedStage> stages_of(const Cell& one) const {
        return planned(one).stages.at(hypervisor::Acceleration::tcg);
    }

    // The last stage that a changed cell still shares; all before it must be shared, all behind it differ.
    [[nodiscard]] std::string shared_until(const std::function<void(Cell&)>& change) const {
        auto changed = cell;
        change(changed);
        const auto before = stages_of(cell);
        const auto after = stages_of(changed);
        EXPECT_EQ(before.size(), after.size());
        std::string last;
        for (std::size_t i = 0; i < before.size(); ++i) {
            if (before[i] != after[i]) continue;
            EXPECT_TRUE(i == 0 || before[i - 1] == after[i - 1]) << before[i].stage;
            last = before[i].stage;
        }
        return last;
    }

    static Mutation added_after(const std::string& step, const std::string& script) {
        Mutation mutation;
        mutation.kind = Mutation::Kind::insert_after;
        mutation.step = step;
        mutation.id = "added";
        mutation.script = script;
        return mutation;
    }

    static Mutation set(const std::string& input, const std::string& value) {
        Mutation mutation;
        mutation.kind = Mutation::Kind::set;
        mutation.inputs = {{input, value}};
        return mutation;
    }
};

TEST_F(PlannedStages, AreThoseOfTheRecipeAndSayWhichAreWorthSaving) {
    std::vector<std::string> all;
    std::vector<std::string> worth;
    for (const auto& stage : stages_of(cell)) {
        all.push_back(stage.stage);
        if (stage.worth_saving) worth.push_back(stage.stage);
    }
    EXPECT_EQ(all, cell.recipe.stages);
    EXPECT_EQ(worth, cell.recipe.checkpoints);
}

TEST_F(PlannedStages, AreSharedUntilTheFirstStepThatDiffers) {
    const auto with = [](const Mutation& mutation) { return [=](Cell& c) { c.scenario.mutations = {mutation}; }; };
    EXPECT_EQ(shared_until(with(added_after("nginx", "true"))), "network-ready");
    EXPECT_EQ(shared_until(with(set("NGINX_IMAGE", "nginx:2"))), "network-ready");
    EXPECT_EQ(shared_until(with(added_after("flannel", "true"))), "control-plane-ready");
    EXPECT_EQ(shared_until(with(set("RUNTIME", "runc"))), "os-ready");
}

TEST_F(PlannedStages, AreAllSharedByCellsThatOnlyCheckOtherThings) {
    EXPECT_EQ(shared_until([](Cell& c) { c.scenario.checks = {{"nodes-ready", {}, {}}}; }), "workload-ready");
    EXPECT_EQ(shared_until([](Cell& c) { c.scenario.name = "other"; }), "workload-ready");
}

TEST_F(PlannedStages, AreNotSharedByCellsWithOtherMachinesOrComponents) {
    EXPECT_EQ(shared_until([](Cell& c) { c.scenario.nodes[1].memory = ByteSize::mib(1900); }), "");
    EXPECT_EQ(shared_until([](Cell& c) { c.scenario.nodes[1].vcpus = 1; }), "");
    EXPECT_EQ(shared_until([](Cell& c) { c.scenario.nodes[1].name = "other"; }), "");
    EXPECT_EQ(shared_until([](Cell& c) { c.scenario.nodes[1].os = "debian-12"; }), "");
    EXPECT_EQ(shared_until([](Cell& c) { c.scenario.internet = true; }), "");
    EXPECT_EQ(shared_until([](Cell& c) { c.scenario.versions["kubernetes"] = "1.35.6"; }), "");
    EXPECT_EQ(shared_until([](Cell& c) { c.scenario.versions["cri-o"] = "1.36.2"; }), "");
    EXPECT_EQ(shared_until([](Cell& c) { c.scenario.components["flannel"] = "upstream"; }), "");
    const TempFolder checkout(std::filesystem::temp_directory_path(), "crib-test");
    write_file(checkout.path() / "go.mod", "module github.com/cri-o/cri-o\n\ngo 1.26\n");
    const auto local = "local:" + checkout.path().string();
    EXPECT_EQ(shared_until([&](Cell& c) { c.scenario.components["cri-o"] = local; }), "");
    EXPECT_EQ(shared_until([](Cell& c) { c.scenario.nodes[1].versions["kubernetes"] = "1.35.6"; }), "");
}

TEST_F(PlannedStages, HaveOneKeyForAllThatIsSetUp) {
    const auto key_with = [&](const std::function<void(Cell&)>& change) {
        auto changed = cell;
        change(changed);
        return planned(changed).key;
    };
    const auto key = key_with([](Cell&) {});
    EXPECT_EQ(key_with([](Cell& c) { c.scenario.checks = {{"nodes-ready", {}, {}}}; }), key) << "nothing is set up";
    EXPECT_EQ(key_with([](Cell& c) { c.scenario.expect = scenario::Expect{"kubeadm-init", {}, {}, {}}; }), key);
    EXPECT_NE(key_with([](Cell& c) { c.scenario.nodes[1].memory.bytes += 1; }), key);
    const auto edited = [](Cell& c) {
        const auto join = std::ranges::find(c.recipe.steps, "kubeadm-join", &provision::RecipeStep::id);
        ASSERT_NE(join, c.recipe.steps.end());
        join->script += "true\n";
    };
    EXPECT_NE(key_with(edited), key);
    EXPECT_NE(key_with([](Cell& c) { c.emulated_profile.kubeadm_timeout_scale += 1; }), key)
        << "which another host may need";
    EXPECT_NE(key_with([](Cell& c) { c.scenario.mutations = {added_after("nginx", "true\n")}; }), key);
}

TEST_F(PlannedStages, AreOtherOnesOnHostsThatEmulate) {
    using hypervisor::Acceleration;
    const auto stages = planned(cell).stages;
    EXPECT_NE(stages.at(Acceleration::kvm).front().key, stages.at(Acceleration::tcg).front().key);
}

TEST_F(PlannedStages, EndBeforeTheStageInWhichTheCellMustFail) {
    const auto names = [&] {
        std::vector<std::string> all;
        for (const auto& stage : stages_of(cell)) all.push_back(stage.stage);
        return all;
    };
    cell.scenario.expect = scenario::Expect{"kubeadm-init", {}, {}, {}};
    EXPECT_THAT(names(), ElementsAre("os-ready", "runtime-ready"));
    cell.scenario.expect->fails_at = "pods-running";
    EXPECT_EQ(names(), cell.recipe.stages) << "a check comes after all of them";
}

}  // namespace
}  // namespace crib::engine
