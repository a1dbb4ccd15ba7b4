// What a run would do, and what two plans do differently.

#include "harness/engine/run_plan.h"

#include "harness/engine/bill.h"
#include "harness/engine/cell_lock.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace crib::engine {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

const std::filesystem::path kFixtures = CRIB_SOURCE_DIR "/fixtures";

class PlannedRun : public ::testing::Test {
protected:
    void SetUp() override {
        cell.scenario.name = "two-node";
        cell.scenario.os = "debian-13";
        cell.scenario.recipe = "crio-kubeadm-flannel";
        cell.scenario.versions = {{"kubernetes", "1.36.3"}, {"cri-o", "1.36.3"}, {"flannel", "0.28.10"}};
        cell.scenario.nodes = {{"master", scenario::Role::control_plane, ByteSize::mib(2300), 2, "debian-13"},
                               {"worker", scenario::Role::worker, ByteSize::mib(1800), 2, "debian-13"}};
        cell.scenario.checks = {{"nodes-ready", {}, {}}};
        cell.recipe = provision::load_recipe(kFixtures / "recipes" / "crio-kubeadm-flannel");
        cell.emulated_profile = provision::load_profile(kFixtures / "profiles" / "emulated-host");
        stock.supply.os["debian-13"].system = system_facts("debian", "apt");
        stock.supply.os["debian-12"] = stock.supply.os["debian-13"];
        stock.supply.os["debian-12"].inputs = {{"RUNTIME", "runc"}};
        stock.supply.images = {{"pause", "registry.k8s.io/pause:3.10.2"}, {"nginx", "docker.io/library/nginx:debian"}};
        stock.components = {{"kubernetes", "1.36.3", "modules", true}};
    }

    [[nodiscard]] RunPlan plan(hypervisor::Acceleration kind = hypervisor::Acceleration::kvm) const {
        return plan_run(cell, stock, {kind, ""}, {});
    }

    [[nodiscard]] std::vector<std::string> steps_of(const std::string& node) const {
        std::vector<std::string> ids;
        for (const auto& step : plan().set_up.steps) {
            if (step.node == node) ids.push_back(step.id);
        }
        return ids;
    }

    [[nodiscard]] std::string input_of(const std::string& step, const std::string& node,
                                       const std::string& input) const {
        for (const auto& one : plan().set_up.steps) {
            if (one.id == step && one.node == node) return one.inputs.at(input);
        }
        return "(no such step)";
    }

    void take_all_from_upstream() {
        cell.scenario.components = {{"kubernetes", "upstream"}, {"cri-o", "upstream"}, {"flannel", "upstream"}};
    }

    [[nodiscard]] static scenario::Mutation inserted(const std::string& before, const std::string& script) {
        scenario::Mutation mutation;
        mutation.kind = scenario::Mutation::Kind::insert_before;
        mutation.step = before;
        mutation.id = "look";
        mutation.script = script;
        return mutation;
    }

    [[nodiscard]] static std::vector<std::string> texts_of(const std::vector<PlanDifference>& differences) {
        std::vector<std::string> texts;
        for (const auto& one : differences) texts.push_back(to_string(one));
        return texts;
    }

    Cell cell;
    Stock stock;
};

TEST_F(PlannedRun, SaysWhichStepRunsWhereWithWhat) {
    EXPECT_THAT(steps_of("master"), Contains("kubeadm-init"));
    EXPECT_THAT(steps_of("worker"), Not(Contains("kubeadm-init")));
    EXPECT_THAT(steps_of("worker"), Contains("kubeadm-join"));
    EXPECT_EQ(input_of("configure-crio", "worker", "PAUSE_IMAGE"), "registry.k8s.io/pause:3.10.2");
    EXPECT_EQ(plan().nodes[1].ip, "192.168.76.12");
    EXPECT_TRUE(plan().components[0].built);
}

TEST_F(PlannedRun, HasTheProfileOfEmulatedHostsOnlyThere) {
    EXPECT_EQ(plan().profile, "");
    const auto emulated = plan(hypervisor::Acceleration::tcg);
    EXPECT_EQ(emulated.profile, "emulated-host");
    EXPECT_THAT(emulated.set_up.departures, Not(IsEmpty()));
    EXPECT_GT(emulated.need.memory, plan().need.memory);
}

TEST_F(PlannedRun, TakesWhatTheNodeImageHasInPlaceOfTheRecipesValues) {
    cell.scenario.nodes[1].os = "debian-12";
    EXPECT_EQ(input_of("install-crio", "master", "RUNTIME"), "crun");
    EXPECT_EQ(input_of("install-crio", "worker", "RUNTIME"), "runc");
}

TEST_F(PlannedRun, LetsNodesFetchFromUpstreamThemselvesWhereTheyReachIt) {
    take_all_from_upstream();
    cell.scenario.internet = true;
    EXPECT_EQ(plan().package_source, "upstream");
    EXPECT_THAT(steps_of("worker"), Contains("kubernetes-repository"));
    EXPECT_THAT(steps_of("worker"), Not(Contains("image-store")));
    EXPECT_THAT(input_of("kubernetes-repository", "worker", "KUBERNETES_REPOSITORY_URL"), HasSubstr("pkgs.k8s.io"));
}

TEST_F(PlannedRun, ServesWhatItFetchedFromUpstreamToNodesThatReachNothing) {
    take_all_from_upstream();
    EXPECT_EQ(plan().package_source, "crib");
    EXPECT_THAT(steps_of("worker"), Not(Contains("kubernetes-repository")));
    EXPECT_THAT(steps_of("worker"), Contains("image-store"));
    EXPECT_THAT(input_of("package-repository", "worker", "CRIO_REPOSITORY_URL"), HasSubstr("packages.crib.test"));
}

TEST_F(PlannedRun, ServesACheckoutItself) {
    take_all_from_upstream();
    cell.scenario.internet = true;
    cell.scenario.components["cri-o"] = "local:/somewhere/cri-o";
    EXPECT_EQ(plan().package_source, "crib");
    cell.scenario.components.clear();
    EXPECT_EQ(plan().package_source, "crib");
}

TEST_F(PlannedRun, DiffersInNothingFromItself) {
    EXPECT_THAT(differences(plan(), plan()), IsEmpty());
}

TEST_F(PlannedRun, DiffersInVersionsAndWhatFollowsFromThem) {
    const auto before = plan();
    cell.scenario.versions["kubernetes"] = "1.35.6";
    stock.components[0].version = "1.35.6";
    const auto found = texts_of(differences(before, plan()));
    EXPECT_EQ(found.front(), "versions: kubernetes: 1.36.3 -> 1.35.6");
    EXPECT_THAT(found, Contains("components: kubernetes 1.36.3 is gone; it was modules"));
    EXPECT_THAT(found, Contains("components: kubernetes 1.35.6 is new: modules"));
    EXPECT_THAT(found, Contains("inputs: install-kubernetes: KUBERNETES_VERSION on master, worker: 1.36.3 -> 1.35.6"));
    EXPECT_THAT(found, Contains("files: /etc/kubernetes/kubeadm-config.yaml on master has changed\n"
                                "    -  \"kubernetesVersion\": \"v1.36.3\",\n"
                                "    +  \"kubernetesVersion\": \"v1.35.6\","));
}

TEST_F(PlannedRun, DiffersInNodesAndSteps) {
    const auto before = plan();
    cell.scenario.nodes[1].memory = ByteSize::gib(3);
    cell.scenario.nodes.push_back({"third", scenario::Role::worker, ByteSize::gib(2), 1, "debian-13"});
    scenario::Mutation skip;
    skip.step = "swap-off";
    scenario::Mutation replace;
    replace.kind = scenario::Mutation::Kind::replace;
    replace.step = "sysctls";
    replace.script = "sysctl -w net.ipv4.ip_forward=1\n";
    replace.nodes = {"worker"};
    cell.scenario.mutations = {skip, replace};
    const auto found = texts_of(differences(before, plan()));
    EXPECT_THAT(found,
                Contains("nodes: worker: worker, debian-13, 1800 MiB, 2 vcpus -> worker, debian-13, 3 GiB, 2 vcpus"));
    EXPECT_THAT(found, Contains("nodes: third is new: worker, debian-13, 2 GiB, 1 vcpus"));
    EXPECT_THAT(found, Contains("steps: swap-off on master, worker is gone; it was 03-swap-off.sh"));
    EXPECT_THAT(found, Contains("steps: kubeadm-join on third is new: 17-kubeadm-join.sh"));
    EXPECT_THAT(found, Contains(HasSubstr("\n    +sysctl -w net.ipv4.ip_forward=1")));
}

TEST_F(PlannedRun, DiffersInChecks) {
    const auto before = plan();
    cell.scenario.checks = {{"nodes-ready", {{"timeout", "1m"}}, {}}, {"pods-running", {}, {}}};
    EXPECT_THAT(texts_of(differences(before, plan())),
                ElementsAre("checks: nodes-ready: as it is -> timeout=1m", "checks: pods-running is new: as it is"));
}

TEST_F(PlannedRun, DiffersInTheOrderOfSteps) {
    cell.scenario.mutations = {inserted("sysctls", "true\n")};
    const auto before = plan();
    cell.scenario.mutations.front().kind = scenario::Mutation::Kind::insert_after;
    EXPECT_THAT(texts_of(differences(before, plan())),
                ElementsAre("order: steps on master, worker: look, sysctls -> sysctls, look"));
}

TEST_F(PlannedRun, DiffersInTheOrderAndTheNumberOfChecks) {
    cell.scenario.checks = {{"nodes-ready", {}, {}}, {"pods-running", {}, {}}};
    const auto before = plan();
    std::swap(cell.scenario.checks[0], cell.scenario.checks[1]);
    cell.scenario.checks.push_back({"nodes-ready", {}, {}});
    EXPECT_THAT(texts_of(differences(before, plan())),
                ElementsAre("checks: nodes-ready (2) is new: as it is",
                            "order: checks: nodes-ready, pods-running -> pods-running, nodes-ready"));
}

TEST_F(PlannedRun, DiffersInSizesThatAreTheSameWhenRounded) {
    const auto before = plan();
    cell.scenario.nodes[1].memory = ByteSize::mib(1799);
    EXPECT_THAT(
        texts_of(differences(before, plan())),
        ElementsAre("nodes: worker: worker, debian-13, 1800 MiB, 2 vcpus -> worker, debian-13, 1799 MiB, 2 vcpus"));
}

TEST_F(PlannedRun, DiffersInAllThatIsExpected) {
    cell.scenario.expect = scenario::Expect{"kubeadm-init", "master", "swap is on", ""};
    const auto before = plan();
    cell.scenario.expect = scenario::Expect{"kubeadm-init", "", "swap is off", "kubeadm wants none"};
    EXPECT_THAT(
        texts_of(differences(before, plan())),
        ElementsAre("scenario: fails on is gone; it was master", "scenario: fails with: swap is on -> swap is off",
                    "scenario: fails because is new: kubeadm wants none"));
}

TEST_F(PlannedRun, DiffersInTitlesAndFilesOfEitherSide) {
    cell.scenario.mutations = {inserted("sysctls", "true\n")};
    const auto before = plan();
    cell.scenario.mutations.front() = inserted("sysctls", "cat \"$FLANNEL_MANIFEST\"\n");
    cell.scenario.mutations.front().title = "look at it";
    const auto after = plan();
    const auto found = texts_of(differences(before, after));
    EXPECT_THAT(found, Contains("steps: look: title on master, worker: added by the scenario -> look at it"));
    EXPECT_THAT(found,
                Contains(AllOf(StartsWith("files: /"), HasSubstr(" on worker is new: "), HasSubstr(" for look"))));
    EXPECT_THAT(
        texts_of(differences(after, before)),
        Contains(AllOf(StartsWith("files: /"), HasSubstr(" on worker is gone; it was "), HasSubstr(" for look"))));
}

// Two scripts of 200 KB needed seven gigabytes.
TEST_F(PlannedRun, SaysOfLargeScriptsThatTheyDifferWithoutComparingAllTheirLines) {
    std::string one;
    std::string other;
    for (int i = 0; i < 30'000; ++i) {
        one += fmt::format("echo {}\n", i);
        other += fmt::format("echo {}\n", i + 30'000);
    }
    cell.scenario.mutations = {inserted("sysctls", one)};
    const auto before = plan();
    cell.scenario.mutations = {inserted("sysctls", other)};
    EXPECT_THAT(texts_of(differences(before, plan())),
                ElementsAre("steps: look on master, worker has changed\n"
                            "    30001 lines -> 30001 lines, which differ in too much to be shown"));
}

}  // namespace
}  // namespace crib::engine
