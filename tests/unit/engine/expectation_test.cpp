#include "harness/engine/expectation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crib::engine {
namespace {

using events::Outcome;
using ::testing::HasSubstr;

const scenario::Expect kSwap{"kubeadm-init", "master", "swap is on", "the kubelet refuses swap"};

Failure step(const std::string& id, const std::string& node, const std::string& said) {
    return {Failure::Kind::step, id, {}, node, said};
}

Failure check(const std::string& kind, const std::string& said) {
    return {Failure::Kind::check, kind + " of x", kind, {}, said};
}

Judgement judge_failures(const scenario::Expect& expect, std::vector<Failure> failures) {
    return judge(expect, Outcome::failed, "step first on master failed", {std::move(failures), true});
}

TEST(Expectation, OfAFailureThatComesIsPassed) {
    const auto judgement = judge_failures(kSwap, {step("kubeadm-init", "master", "[ERROR] swap is on\nexit 1")});
    EXPECT_EQ(judgement.outcome, Outcome::passed);
    EXPECT_TRUE(judgement.as_expected);
    EXPECT_EQ(judgement.reason, "failed as expected at step kubeadm-init on master: the kubelet refuses swap");
}

TEST(Expectation, OfARunThatPassesIsFailed) {
    const auto judgement = judge(kSwap, Outcome::passed, "", {});
    EXPECT_EQ(judgement.outcome, Outcome::failed);
    EXPECT_EQ(judgement.reason,
              "was to fail at kubeadm-init on master with \"swap is on\" (the kubelet refuses swap), but passed");
}

TEST(Expectation, OfAnotherPlaceIsFailedWithBothTold) {
    const auto judgement = judge_failures(kSwap, {step("first", "master", "boom")});
    EXPECT_EQ(judgement.outcome, Outcome::failed);
    EXPECT_EQ(judgement.reason,
              "was to fail at kubeadm-init on master with \"swap is on\", but step first on master failed");
}

TEST(Expectation, OfAnotherMessageIsFailedWithBothTold) {
    const auto judgement = judge_failures(kSwap, {step("kubeadm-init", "master", "one\nport 6443 is in use\n")});
    EXPECT_EQ(judgement.outcome, Outcome::failed);
    EXPECT_EQ(judgement.reason,
              "was to fail at kubeadm-init on master with \"swap is on\", but step kubeadm-init on master said: "
              "port 6443 is in use");
}

TEST(Expectation, OfAnotherNodeIsFailed) {
    EXPECT_EQ(judge_failures(kSwap, {step("kubeadm-init", "worker", "swap is on")}).outcome, Outcome::failed);
}

TEST(Expectation, WithoutNodeOrMessageTakesAny) {
    EXPECT_TRUE(judge_failures({"start-crio", "", "", ""}, {step("start-crio", "worker", "?")}).as_expected);
}

TEST(Expectation, OfAStepIsNotMetWhenAnotherStepFailsToo) {
    const auto judgement =
        judge_failures(kSwap, {step("kubeadm-init", "master", "swap is on"), step("start-crio", "worker", "boom")});
    EXPECT_EQ(judgement.outcome, Outcome::failed);
    EXPECT_THAT(judgement.reason, HasSubstr("but also at step start-crio on worker: boom"));
}

TEST(Expectation, OfAStepIsMetWhenItFailsOnOtherNodesToo) {
    EXPECT_TRUE(
        judge_failures(kSwap, {step("kubeadm-init", "worker", "?"), step("kubeadm-init", "master", "swap is on")})
            .as_expected);
}

TEST(Expectation, OfACheckIsMetByItsKindAndItsId) {
    for (const std::string place : {"container-runtime", "container-runtime of x"}) {
        EXPECT_TRUE(judge_failures({place, "", "", ""}, {check("container-runtime", "cri-o")}).as_expected);
    }
}

TEST(Expectation, OfACheckIsMetWhenLaterChecksFailButNotWhenEarlierOnesDo) {
    const scenario::Expect expect{"dns", "", "", ""};
    EXPECT_TRUE(judge_failures(expect, {check("dns", "no answer"), check("http", "no route")}).as_expected);
    EXPECT_FALSE(judge_failures(expect, {check("http", "no route"), check("dns", "no answer")}).as_expected);
}

TEST(Expectation, LeavesTroubleOfTheHostAnError) {
    const auto judgement = judge(kSwap, Outcome::error, "no memory", {});
    EXPECT_EQ(judgement.outcome, Outcome::error);
    EXPECT_EQ(judgement.reason, "no memory");
    EXPECT_EQ(judge(kSwap, Outcome::interrupted, "", {}).outcome, Outcome::interrupted);
}

TEST(Expectation, IsNoMatterWhenTheRunWasToEndBefore) {
    const auto judgement = judge(kSwap, Outcome::passed, "", {{}, false});
    EXPECT_EQ(judgement.outcome, Outcome::passed);
    EXPECT_EQ(judgement.reason, "ended before kubeadm-init, where it is to fail");
}

class FailuresSeen : public ::testing::Test {
protected:
    Seen see(std::vector<events::Body> bodies, bool cut_short = false) {
        FailureWatch watch(scenario, kSwap);
        for (auto& body : bodies) watch.on({{}, {}, std::move(body)});
        return watch.seen(cut_short);
    }
    scenario::Scenario scenario;
};

TEST_F(FailuresSeen, HaveAllThatTheExpectedStepWrote) {
    std::vector<events::Body> bodies{events::StepOutput{"kubeadm-init", "master", true, "swap is on"}};
    for (int i = 0; i < 40; ++i) bodies.push_back(events::StepOutput{"kubeadm-init", "master", false, "more"});
    bodies.push_back(events::StepFinished{"kubeadm-init", "", "master", Outcome::failed, 1, "exit 1", "more", {}});
    const auto seen = see(bodies);
    ASSERT_EQ(seen.failures.size(), 1U);
    EXPECT_THAT(seen.failures[0].said, HasSubstr("swap is on"));
    EXPECT_THAT(seen.failures[0].said, HasSubstr("exit 1"));
}

TEST_F(FailuresSeen, KnowTheKindOfACheckWithParameters) {
    scenario.checks = {{"http", {{"pod", "nginx"}, {"from", "master"}}, {}}};
    const auto seen = see({events::CheckFinished{"http default/nginx from master", "", Outcome::failed, "no", "", {}},
                           events::CheckFinished{"dns", "", Outcome::passed, "", "", {}}});
    ASSERT_EQ(seen.failures.size(), 1U);
    EXPECT_EQ(seen.failures[0].check_kind, "http");
}

TEST_F(FailuresSeen, AreReachedOnlyWhenTheStepRan) {
    EXPECT_FALSE(see({}, true).reached);
    EXPECT_TRUE(see({}, false).reached);
    EXPECT_TRUE(
        see({events::StepFinished{"kubeadm-init", "", "master", Outcome::passed, 0, "", "", {}}}, true).reached);
    EXPECT_FALSE(
        see({events::StepFinished{"kubeadm-init", "", "master", Outcome::skipped, {}, "", "", {}}}, true).reached);
}

}  // namespace
}  // namespace crib::engine
