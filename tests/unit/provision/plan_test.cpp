#include "harness/provision/plan.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/text.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace crib::provision {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

const fs::path kFixtures = fs::path(CRIB_SOURCE_DIR) / "fixtures";

Recipe recipe() {
    return load_recipe(kFixtures / "recipes/crio-kubeadm-flannel");
}

RunFacts two_nodes() {
    RunFacts facts;
    facts.nodes = {{"master", true, "192.168.76.11", "debian-13", {}},
                   {"worker", false, "192.168.76.12", "debian-13", {}}};
    facts.versions = {{"kubernetes", "1.36.3"}, {"cri-o", "1.36.3"}, {"flannel", "0.28.10"}};
    facts.images = {{"pause", "registry.k8s.io/pause:3.10.2"}, {"nginx", "docker.io/library/nginx:1.29.1"}};
    facts.flannel_manifest = "kind: DaemonSet\n";
    return facts;
}

RunFacts two_emulated_nodes() {
    auto facts = two_nodes();
    facts.profile = load_profile(kFixtures / "profiles/emulated-host");
    return facts;
}

const PlannedStep& step_of(const Plan& plan, std::string_view id, std::string_view node) {
    const auto found = std::find_if(plan.steps.begin(), plan.steps.end(),
                                    [&](const PlannedStep& step) { return step.id == id && step.node == node; });
    if (found == plan.steps.end())
        throw std::runtime_error(std::string("no step ").append(id).append(" on ").append(node));
    return *found;
}

std::vector<std::string> ids_of(const Plan& plan, const std::string& node) {
    std::vector<std::string> ids;
    for (const auto& step : plan.steps) {
        if (step.node == node) ids.push_back(step.id);
    }
    return ids;
}

// All that is decided about each step, one block a step.
std::string render(const Plan& plan) {
    std::string text;
    for (const auto& step : plan.steps) {
        text += step.node + ": " + step.id + " (" + step.stage + ", " + std::to_string(step.timeout.count()) + " s)\n";
        text += "  runs " + step.script_name + "\n";
        for (const auto& [name, value] : step.inputs) text += "  " + name + "=" + value + "\n";
        for (const auto& name : step.from_outputs) text += "  " + name + " from an earlier step\n";
        for (const auto& output : step.outputs)
            text += "  gives " + output.name + (output.secret ? " (secret)\n" : "\n");
        for (const auto& need : step.needs) text += "  after " + need + " on every node\n";
        for (const auto& file : step.files) text += "  file " + file.path + "\n";
    }
    return text;
}

void expect_golden(const std::string& text, const std::string& name) {
    const auto file = fs::path(CRIB_SOURCE_DIR) / "tests/golden/provision" / name;
    if (std::getenv("CRIB_UPDATE_GOLDEN") != nullptr) {  // NOLINT(concurrency-mt-unsafe)
        make_folder(file.parent_path());
        write_file(file, text);
    }
    EXPECT_EQ(text, read_file(file)) << "run this test with CRIB_UPDATE_GOLDEN=1 and read the difference";
}

TEST(Plan, TakesWhatSuitsANodesOsInPlaceOfTheRecipesValue) {
    auto facts = two_nodes();
    facts.nodes[1].inputs = {{"RUNTIME", "runc"}, {"UNKNOWN_TO_THIS_RECIPE", "x"}};
    const auto plan = plan_steps(recipe(), facts);
    EXPECT_EQ(step_of(plan, "install-crio", "master").inputs.at("RUNTIME"), "crun");
    EXPECT_EQ(step_of(plan, "install-crio", "worker").inputs.at("RUNTIME"), "runc");
}

TEST(Plan, OfTwoNodesIsTheTutorial) {
    expect_golden(render(plan_steps(recipe(), two_nodes())), "two-node.txt");
}

TEST(Plan, OfTwoEmulatedNodesDepartsFromItVisibly) {
    const auto plan = plan_steps(recipe(), two_emulated_nodes());
    expect_golden(render(plan), "two-node-emulated.txt");
    EXPECT_FALSE(plan.departures.empty());
}

TEST(Plan, StandsEachStepBehindAllThatItNeeds) {
    for (const auto& facts : {two_nodes(), two_emulated_nodes()}) {
        const auto plan = plan_steps(recipe(), facts);
        for (std::size_t i = 0; i < plan.steps.size(); ++i) {
            for (std::size_t later = i; later < plan.steps.size(); ++later) {
                EXPECT_THAT(plan.steps[i].needs, Not(Contains(plan.steps[later].id))) << plan.steps[i].id;
            }
        }
    }
}

TEST(Plan, InitDoesNotWaitForTheWorkers) {
    EXPECT_THAT(step_of(plan_steps(recipe(), two_nodes()), "kubeadm-init", "master").needs, IsEmpty());
}

TEST(Plan, ANodeDoesNotWaitForAProfilesStepOnAnother) {
    const auto plan = plan_steps(recipe(), two_emulated_nodes());
    EXPECT_THAT(step_of(plan, "start-crio", "master").needs, IsEmpty());  // go-collector runs on both
    EXPECT_THAT(step_of(plan, "kubeadm-init", "master").needs, IsEmpty());
}

TEST(Plan, AnEmulatedApiServersQueueIsShortBeforeItStarts) {
    const auto ids = ids_of(plan_steps(recipe(), two_emulated_nodes()), "master");
    const auto queue = std::find(ids.begin(), ids.end(), "listen-queue");
    ASSERT_NE(queue, ids.end());
    EXPECT_NE(std::find(queue, ids.end(), "kubeadm-init"), ids.end());
}

TEST(Plan, JoinWaitsForTheTokenAndGetsIt) {
    const auto plan = plan_steps(recipe(), two_nodes());
    const auto& join = step_of(plan, "kubeadm-join", "worker");
    EXPECT_THAT(join.needs, ElementsAre("join-token"));
    EXPECT_THAT(join.from_outputs, ElementsAre("JOIN_ENDPOINT", "JOIN_TOKEN", "JOIN_CA_HASH"));
    EXPECT_THAT(join.inputs, Contains(Pair("NODE_NAME", "worker")));
}

TEST(Plan, TellsFlannelOnAnEmulatedHostWhereTheApiServerIs) {
    const auto plan = plan_steps(recipe(), two_emulated_nodes());
    EXPECT_EQ(step_of(plan, "flannel", "master").inputs.at("FLANNEL_API_SERVER"), "192.168.76.11");
    EXPECT_EQ(step_of(plan_steps(recipe(), two_nodes()), "flannel", "master").inputs.at("FLANNEL_API_SERVER"), "");
}

// Every five seconds, as it does by itself, takes a sixth of an emulated CPU.
TEST(Plan, LetsFlannelOnAnEmulatedHostLookAfterItsRulesOnceAMinute) {
    const auto resync = [](const auto& nodes) {
        return step_of(plan_steps(recipe(), nodes), "flannel", "master").inputs.at("FLANNEL_RESYNC_SECONDS");
    };
    EXPECT_EQ(resync(two_emulated_nodes()), "60");
    EXPECT_EQ(resync(two_nodes()), "");
}

TEST(Plan, MakesTheTokenBeforeFlannelOnAnEmulatedHostSoThatTheWorkersDoNotWait) {
    const auto order = [](const Plan& plan) {
        const auto ids = ids_of(plan, "master");
        return std::find(ids.begin(), ids.end(), "flannel") - std::find(ids.begin(), ids.end(), "join-token");
    };
    EXPECT_GT(order(plan_steps(recipe(), two_emulated_nodes())), 0);
    EXPECT_LT(order(plan_steps(recipe(), two_nodes())), 0);
}

TEST(Plan, GivesLongerTimeLimitsOnAnEmulatedHost) {
    EXPECT_EQ(step_of(plan_steps(recipe(), two_nodes()), "kubeadm-init", "master").timeout, std::chrono::seconds(600));
    EXPECT_EQ(step_of(plan_steps(recipe(), two_emulated_nodes()), "kubeadm-init", "master").timeout,
              std::chrono::seconds(1800));
}

TEST(Plan, BringsTheFilesOfAStep) {
    const auto plan = plan_steps(recipe(), two_nodes());
    const auto& flannel = step_of(plan, "flannel", "master");
    ASSERT_EQ(flannel.files.size(), 1U);
    EXPECT_EQ(flannel.files[0].content, "kind: DaemonSet\n");
    EXPECT_EQ(flannel.inputs.at("FLANNEL_MANIFEST"), flannel.files[0].path);
    const auto& init = step_of(plan, "kubeadm-init", "master");
    ASSERT_EQ(init.files.size(), 1U);
    EXPECT_EQ(init.files[0].mode, 0600U);
    EXPECT_THAT(init.files[0].content, HasSubstr("192.168.76.11"));
}

TEST(Plan, NeedsAControlPlane) {
    auto facts = two_nodes();
    facts.nodes.erase(facts.nodes.begin());
    EXPECT_THROW((void)plan_steps(recipe(), facts), Error);
}

TEST(Plan, NamesAReferenceThatNothingGives) {
    auto facts = two_nodes();
    facts.images.erase("nginx");
    try {
        (void)plan_steps(recipe(), facts);
        FAIL() << "planned";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        EXPECT_THAT(error.what(), AllOf(HasSubstr("NGINX_IMAGE"), HasSubstr("${images.nginx}")));
    }
}

TEST(Plan, RefusesAKubernetesOlderThanItsTable) {
    auto facts = two_nodes();
    facts.versions["kubernetes"] = "1.9.0";
    EXPECT_THROW((void)plan_steps(recipe(), facts), Error);
}

TEST(Plan, NamesACircleOfNeeds) {
    auto circular = recipe();
    circular.steps.front().needs = {"sysctls"};
    try {
        (void)plan_steps(circular, two_nodes());
        FAIL() << "planned";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), AllOf(HasSubstr("circle"), HasSubstr("kernel-modules"), HasSubstr("sysctls")));
    }
}

TEST(UntilStage, KeepsTheStepsUpToTheStage) {
    const auto plan = until_stage(plan_steps(recipe(), two_nodes()), "os-ready");
    EXPECT_THAT(plan.stages, ElementsAre("os-ready"));
    EXPECT_THAT(ids_of(plan, "worker"), ElementsAre("kernel-modules", "sysctls", "swap-off"));
}

TEST(UntilStage, NamesTheNearestStageForAnUnknownOne) {
    try {
        (void)until_stage(plan_steps(recipe(), two_nodes()), "runtime-redy");
        FAIL() << "accepted";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        EXPECT_THAT(error.hint(), HasSubstr("runtime-ready"));
    }
}

TEST(StepOutputs, AreReadAsNameAndValue) {
    const auto plan = plan_steps(recipe(), two_nodes());
    const auto& step = step_of(plan, "join-token", "master");
    const auto values =
        read_outputs(step, "JOIN_ENDPOINT=192.168.76.11:6443\nJOIN_TOKEN=a.b\nJOIN_CA_HASH=sha256:00=\n");
    EXPECT_THAT(values, Contains(Pair("JOIN_CA_HASH", "sha256:00=")));
    EXPECT_EQ(values.size(), 3U);
}

TEST(StepOutputs, ThatAreMissingOrNotDeclaredEndTheStepWithoutShowingThem) {
    const auto plan = plan_steps(recipe(), two_nodes());
    const auto& step = step_of(plan, "join-token", "master");
    EXPECT_THROW((void)read_outputs(step, "JOIN_ENDPOINT=x\n"), Error);
    try {
        (void)read_outputs(step, "OTHER=abcdef.0123456789abcdef\n");
        FAIL() << "accepted";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), Not(HasSubstr("abcdef")));
    }
}

}  // namespace
}  // namespace crib::provision
