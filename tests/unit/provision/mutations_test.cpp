#include "harness/provision/mutations.h"

#include "harness/base/error.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <string_view>

namespace crib::provision {
namespace {

using scenario::Mutation;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

const std::filesystem::path kFixtures = std::filesystem::path(CRIB_SOURCE_DIR) / "fixtures";

RunFacts two_nodes(std::vector<Mutation> mutations) {
    RunFacts facts;
    facts.nodes = {{"master", true, "192.168.76.11", "debian-13", {}},
                   {"worker", false, "192.168.76.12", "debian-13", {}}};
    facts.versions = {{"kubernetes", "1.36.3"}, {"cri-o", "1.36.3"}, {"flannel", "0.28.10"}};
    facts.images = {{"pause", "registry.k8s.io/pause:3.10.2"}, {"nginx", "docker.io/library/nginx:1.29.1"}};
    facts.flannel_manifest = "kind: DaemonSet\n";
    facts.mutations = std::move(mutations);
    return facts;
}

RunFacts emulated(std::vector<Mutation> mutations) {
    auto facts = two_nodes(std::move(mutations));
    facts.profile = load_profile(kFixtures / "profiles/emulated-host");
    return facts;
}

Plan plan_of(const RunFacts& facts) {
    return plan_steps(load_recipe(kFixtures / "recipes/crio-kubeadm-flannel"), facts);
}

Plan planned(std::vector<Mutation> mutations) {
    return plan_of(two_nodes(std::move(mutations)));
}

Mutation mutation(Mutation::Kind kind, const std::string& step, std::vector<std::string> nodes = {}) {
    Mutation m;
    m.kind = kind;
    m.step = step;
    m.nodes = std::move(nodes);
    m.path = "$.mutations[0]";
    return m;
}

Mutation skip(const std::string& step, std::vector<std::string> nodes = {}) {
    return mutation(Mutation::Kind::skip, step, std::move(nodes));
}

Mutation inserted(Mutation::Kind kind, const std::string& step, const std::string& id, const std::string& script,
                  std::vector<std::string> nodes = {}) {
    auto m = mutation(kind, step, std::move(nodes));
    m.id = id;
    m.script = script;
    m.origin = "$.mutations[0].run";
    return m;
}

constexpr auto kBefore = Mutation::Kind::insert_before;
constexpr auto kAfter = Mutation::Kind::insert_after;

Mutation replaced(const std::string& step, const std::string& script, std::vector<std::string> nodes = {}) {
    auto m = mutation(Mutation::Kind::replace, step, std::move(nodes));
    m.script = script;
    m.origin = "scenarios/bugs/mine.sh";
    return m;
}

Mutation set(const std::string& name, const std::string& value, std::vector<std::string> nodes = {}) {
    auto m = mutation(Mutation::Kind::set, "", std::move(nodes));
    m.inputs[name] = value;
    return m;
}

std::vector<std::string> ids_of(const Plan& plan, const std::string& node) {
    std::vector<std::string> ids;
    for (const auto& step : plan.steps) {
        if (step.node == node) ids.push_back(step.id);
    }
    return ids;
}

const PlannedStep& step_of(const Plan& plan, std::string_view id, std::string_view node) {
    const auto found = std::find_if(plan.steps.begin(), plan.steps.end(),
                                    [&](const PlannedStep& step) { return step.id == id && step.node == node; });
    if (found == plan.steps.end())
        throw std::runtime_error(std::string("no step ").append(id).append(" on ").append(node));
    return *found;
}

// The node's steps right before and behind `id`.
std::vector<std::string> around(const Plan& plan, const std::string& node, const std::string& id) {
    const auto ids = ids_of(plan, node);
    const auto at = std::find(ids.begin(), ids.end(), id);
    if (at == ids.end() || at == ids.begin() || at + 1 == ids.end()) return {};
    return {*(at - 1), *(at + 1)};
}

std::string mistake_in(std::vector<Mutation> mutations, std::string* hint = nullptr) {
    try {
        (void)planned(std::move(mutations));
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        if (hint != nullptr) *hint = error.hint();
        return error.what();
    }
    return "";
}

TEST(SkippedStep, IsRunOnNoneOfTheNodes) {
    const auto plan = planned({skip("swap-off")});
    EXPECT_THAT(ids_of(plan, "master"), Not(Contains("swap-off")));
    EXPECT_THAT(ids_of(plan, "worker"), Not(Contains("swap-off")));
    EXPECT_THAT(plan.changes, ElementsAre("skip swap-off"));
}

TEST(SkippedStep, IsStillRunOnTheNodesThatAreNotNamed) {
    const auto plan = planned({skip("swap-off", {"worker"})});
    EXPECT_THAT(ids_of(plan, "master"), Contains("swap-off"));
    EXPECT_THAT(ids_of(plan, "worker"), Not(Contains("swap-off")));
    EXPECT_THAT(plan.changes, ElementsAre("skip swap-off on worker"));
}

TEST(SkippedStep, LeavesTheStageToTheStepsBeforeIt) {
    const auto plan = until_stage(planned({skip("swap-off")}), "os-ready");
    EXPECT_THAT(ids_of(plan, "worker"), ElementsAre("kernel-modules", "sysctls"));
}

TEST(SkippedStep, DoesNotMakeANodeWaitForTheOtherWhereItIsStillRun) {
    EXPECT_THAT(step_of(planned({skip("swap-off", {"worker"})}), "kubelet-drop-in", "worker").needs, IsEmpty());
}

TEST(SkippedStep, HandsOnWhatItWouldHaveWaitedFor) {
    // nginx waits for network-ready on every node, and that for the worker's joining.
    EXPECT_THAT(step_of(planned({skip("network-ready")}), "nginx", "master").needs, Contains("kubeadm-join"));
    EXPECT_THAT(step_of(planned({skip("join-token")}), "kubeadm-join", "worker").needs, Contains("kubeconfig"));
}

TEST(ReplacedStep, RunsTheOtherScriptWithTheSameInputs) {
    const auto plan = planned({replaced("install-crio", "apt-get install -y cri-o=$CRIO_VERSION-*\n", {"worker"})});
    const auto& changed = step_of(plan, "install-crio", "worker");
    EXPECT_EQ(changed.script_name, "mine.sh");
    EXPECT_EQ(changed.script, "#!/usr/bin/env bash\napt-get install -y cri-o=$CRIO_VERSION-*\n");
    EXPECT_EQ(changed.inputs.at("RUNTIME"), "crun");
    EXPECT_EQ(step_of(plan, "install-crio", "master").script_name, "05-install-crio.sh");
}

TEST(ReplacedStep, GetsWhatItsScriptMentions) {
    const auto plan = planned({replaced("start-crio", "#!/bin/bash\necho \"$NGINX_IMAGE\" $NODE_NAMES")});
    const auto& changed = step_of(plan, "start-crio", "master");
    EXPECT_EQ(changed.inputs.at("NGINX_IMAGE"), "docker.io/library/nginx:1.29.1");
    EXPECT_EQ(changed.inputs.count("NODE_NAME"), 0U);
    EXPECT_THAT(changed.script, StartsWith("#!/bin/bash\n"));
}

// Two hundred of them on two hundred nodes took some ten gigabytes.
TEST(InsertedStep, HasOneTextWithAllStepsOfTheSameScriptOnAllNodes) {
    auto one = inserted(kBefore, "sysctls", "one", "true");
    auto other = inserted(kAfter, "sysctls", "other", "");
    other.script = one.script;
    const auto plan = planned({one, other});
    const auto& first = step_of(plan, "one", "master").script;
    EXPECT_EQ(first, "#!/usr/bin/env bash\ntrue\n");
    EXPECT_EQ(step_of(plan, "one", "worker").script.identity(), first.identity());
    EXPECT_EQ(step_of(plan, "other", "worker").script.identity(), first.identity());
    EXPECT_EQ(step_of(plan, "other", "worker").script_name, "other.sh") << "and a name of its own";
}

TEST(InsertedStep, StandsRightBeforeAStepOnItsNodes) {
    const auto plan = planned({inserted(kBefore, "kubeadm-init", "break-it", "swapon -a")});
    EXPECT_THAT(around(plan, "master", "break-it"), ElementsAre("kubelet-drop-in", "kubeadm-init"));
    EXPECT_THAT(ids_of(plan, "worker"), Not(Contains("break-it")));
    EXPECT_EQ(step_of(plan, "break-it", "master").script, "#!/usr/bin/env bash\nswapon -a\n");
    EXPECT_EQ(step_of(plan, "break-it", "master").stage, "control-plane-ready");
}

TEST(InsertedStep, StandsRightBehindAStepInTheOrderOfTheMutations) {
    const auto plan = planned(
        {inserted(kAfter, "install-crio", "first", "true"), inserted(kAfter, "install-crio", "second", "true")});
    EXPECT_THAT(around(plan, "worker", "first"), ElementsAre("install-crio", "second"));
    EXPECT_THAT(around(plan, "master", "second"), ElementsAre("first", "configure-crio"));
}

TEST(InsertedStep, RunsOnTheNodesThatAreNamed) {
    const auto plan = planned({inserted(kBefore, "kubeadm-init", "break-it", "true", {"worker"})});
    EXPECT_THAT(ids_of(plan, "worker"), Contains("break-it"));
    EXPECT_THAT(ids_of(plan, "master"), Not(Contains("break-it")));
    EXPECT_THAT(step_of(plan, "kubeadm-init", "master").needs, Contains("break-it"));
}

TEST(InsertedStep, BehindAStepIsWaitedForByWhatNeedsThatStep) {
    const auto plan = planned({inserted(kAfter, "join-token", "spoil-token", "true")});
    EXPECT_THAT(step_of(plan, "kubeadm-join", "worker").needs, ElementsAre("join-token", "spoil-token"));
}

TEST(InsertedStep, BringsAFileThatTheNextStepDoesNotBringAgain) {
    const auto plan =
        planned({inserted(kBefore, "kubeadm-init", "spoil", "sed -i s/v1beta4/v1beta3/ \"$KUBEADM_CONFIG\"")});
    EXPECT_EQ(step_of(plan, "spoil", "master").files.size(), 1U);
    const auto& init = step_of(plan, "kubeadm-init", "master");
    EXPECT_THAT(init.files, IsEmpty());
    EXPECT_EQ(init.inputs.count("KUBEADM_CONFIG"), 1U);
}

TEST(InsertedStep, GetsTheOutputsThatItMentions) {
    const auto plan = planned({inserted(kBefore, "kubeadm-join", "look", "echo \"$JOIN_ENDPOINT\"")});
    EXPECT_THAT(step_of(plan, "look", "worker").from_outputs, ElementsAre("JOIN_ENDPOINT"));
    EXPECT_THAT(step_of(plan, "look", "worker").needs, ElementsAre("join-token"));
}

TEST(InsertedStep, StandsNearerToItsStepThanTheProfiles) {
    const auto plan = plan_of(emulated({inserted(kBefore, "kubeadm-init", "break-it", "true")}));
    EXPECT_THAT(around(plan, "master", "break-it"), ElementsAre("kubeadm-patches", "kubeadm-init"));
}

TEST(InsertedStep, MayBeChangedByALaterMutation) {
    const auto plan = planned({inserted(kAfter, "install-crio", "mine", "true"), skip("mine", {"worker"})});
    EXPECT_THAT(ids_of(plan, "master"), Contains("mine"));
    EXPECT_THAT(ids_of(plan, "worker"), Not(Contains("mine")));
}

TEST(ProfilesStep, MayBeSkipped) {
    EXPECT_THAT(ids_of(plan_of(emulated({skip("go-collector")})), "master"), Not(Contains("go-collector")));
}

TEST(SetInput, WinsOverTheOperatingSystemAndTheProfile) {
    auto facts = emulated({set("RUNTIME", "crun"), set("RESTART_KUBELET_EARLY", "yes", {"worker"})});
    facts.nodes[0].inputs = {{"RUNTIME", "runc"}};
    const auto plan = plan_of(facts);
    EXPECT_EQ(step_of(plan, "install-crio", "master").inputs.at("RUNTIME"), "crun");
    EXPECT_EQ(step_of(plan, "kubelet-drop-in", "worker").inputs.at("RESTART_KUBELET_EARLY"), "yes");
    EXPECT_EQ(step_of(plan, "kubelet-drop-in", "master").inputs.at("RESTART_KUBELET_EARLY"), "no");
}

TEST(SetInput, MayReferToFactsOfTheRun) {
    EXPECT_EQ(
        step_of(planned({set("RUNTIME", "runc-${versions.cri-o}")}), "install-crio", "worker").inputs.at("RUNTIME"),
        "runc-1.36.3");
}

TEST(Mutations, OfAStepThatDoesNotExistNameTheNearest) {
    std::string hint;
    EXPECT_THAT(mistake_in({skip("swap-of")}, &hint), AllOf(StartsWith("$.mutations[0]"), HasSubstr("\"swap-of\"")));
    EXPECT_THAT(hint, HasSubstr("did you mean \"swap-off\"?"));
    EXPECT_THAT(mistake_in({inserted(kAfter, "kubadm-init", "x", "true")}, &hint), HasSubstr("\"kubadm-init\""));
    EXPECT_THAT(hint, HasSubstr("kubeadm-init"));
}

TEST(Mutations, OfAnInputThatDoesNotExistNameTheNearest) {
    std::string hint;
    EXPECT_THAT(mistake_in({set("RUNTIM", "x")}, &hint), AllOf(StartsWith("$.mutations[0]"), HasSubstr("\"RUNTIM\"")));
    EXPECT_THAT(hint, HasSubstr("did you mean \"RUNTIME\"?"));
}

TEST(Mutations, OnANodeThatDoesNotExistOrDoesNotRunTheStepAreMistakes) {
    EXPECT_THAT(mistake_in({skip("swap-off", {"wroker"})}), HasSubstr("there is no node \"wroker\""));
    EXPECT_THAT(mistake_in({skip("kubeadm-init", {"worker"})}), HasSubstr("step kubeadm-init does not run on worker"));
}

TEST(Mutations, ThatUseAStepsIdAgainAreMistakes) {
    EXPECT_THAT(mistake_in({inserted(kAfter, "sysctls", "swap-off", "true")}),
                HasSubstr("already has a step \"swap-off\""));
}

// Each of them needs all before it, and is handed on by all behind it.
TEST(Mutations, ThatLeaveOutManyStepsInARowArePlannedAtOnce) {
    std::vector<Mutation> mutations;
    for (int i = 0; i < 60; ++i) {
        const auto id = "x" + std::to_string(i);
        mutations.push_back(inserted(kBefore, "kubeadm-init", id, "true"));
        mutations.push_back(skip(id));
    }
    EXPECT_EQ(planned(mutations).steps.size(), planned({}).steps.size());
}

TEST(Mutations, ThatSetAnInputToWhatNobodyKnowsAreRefusedWithTheirPlace) {
    auto set = mutation(Mutation::Kind::set, "");
    set.inputs["RUNTIME"] = "${versions.nope}";
    try {
        (void)planned({set});
        FAIL() << "planned";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), StartsWith("$.mutations[0].set.RUNTIME: nothing is known by the name"));
    }
}

}  // namespace
}  // namespace crib::provision
