// Mutations of steps that the versions and systems leave out.

#include "harness/provision/idle_mutations.h"

#include "harness/base/error.h"

#include <gmock/gmock.h>

#include <filesystem>

namespace crib::provision {
namespace {

using scenario::Mutation;
using ::testing::HasSubstr;

const std::filesystem::path kFixtures = std::filesystem::path(CRIB_SOURCE_DIR) / "fixtures";

// A control plane on Debian, and a worker on a system with dnf, where SELinux is to be made permissive.
RunFacts mixed(std::vector<Mutation> mutations) {
    RunFacts facts;
    facts.nodes = {{"master", true, "192.168.76.11", "debian-13", {}}, {"worker", false, "192.168.76.12", "mine", {}}};
    facts.nodes[1].system = {{"package_manager", "dnf"}, {"family", "rhel"}};
    facts.versions = {{"kubernetes", "1.36.3"}, {"cri-o", "1.36.3"}, {"flannel", "0.28.10"}};
    facts.images = {{"pause", "registry.k8s.io/pause:3.10.2"}, {"nginx", "docker.io/library/nginx:1.29.1"}};
    facts.flannel_manifest = "kind: DaemonSet\n";
    facts.mutations = std::move(mutations);
    return facts;
}

Mutation mutation(Mutation::Kind kind, const std::string& step, std::vector<std::string> nodes = {}) {
    Mutation one;
    one.kind = kind;
    one.step = step;
    one.id = "look";
    one.script = "true\n";
    one.nodes = std::move(nodes);
    one.path = "$.mutations[0]";
    return one;
}

std::vector<IdleMutation> idle(const RunFacts& facts) {
    return idle_mutations(load_recipe(kFixtures / "recipes/crio-kubeadm-flannel"), facts);
}

constexpr auto kAll = {Mutation::Kind::skip, Mutation::Kind::replace, Mutation::Kind::insert_before,
                       Mutation::Kind::insert_after};

TEST(IdleMutations, AreThoseOfAStepThatRunsNowhere) {
    for (const auto kind : kAll) {
        auto facts = mixed({mutation(kind, "selinux-permissive")});
        EXPECT_TRUE(idle(facts).empty()) << "it runs on the worker";
        facts.nodes[1].system.clear();
        facts.nodes[1].os = "debian-13";
        const auto found = idle(facts);
        ASSERT_EQ(found.size(), 1U);
        EXPECT_THAT(found[0].path, HasSubstr("$.mutations[0]."));
        EXPECT_EQ(found[0].reason, "the step selinux-permissive runs on no node with these versions and systems");
    }
}

TEST(IdleMutations, AreThoseThatNameANodeWhichGoesWithoutTheStep) {
    const auto found = idle(mixed({mutation(Mutation::Kind::skip, "selinux-permissive", {"worker", "master"})}));
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].path, "$.mutations[0].nodes");
    EXPECT_EQ(found[0].reason, "the step selinux-permissive does not run on master with its versions and system");
    EXPECT_EQ(found[0].hint, "it runs on worker");
    EXPECT_TRUE(idle(mixed({mutation(Mutation::Kind::insert_after, "selinux-permissive", {"master"})})).empty())
        << "a new step may run elsewhere";
}

TEST(IdleMutations, AreNoneOfThoseThatChangeWhatAnotherOneHasChanged) {
    auto skipped = mutation(Mutation::Kind::skip, "swap-off");
    auto beside = mutation(Mutation::Kind::insert_after, "swap-off");
    auto again = mutation(Mutation::Kind::skip, "look");
    EXPECT_TRUE(idle(mixed({skipped, beside, again})).empty());
}

TEST(IdleMutations, AreRefusedWithTheirPlace) {
    const auto recipe = load_recipe(kFixtures / "recipes/crio-kubeadm-flannel");
    EXPECT_NO_THROW(require_effects(recipe, mixed({mutation(Mutation::Kind::skip, "swap-off")})));
    try {
        require_effects(recipe, mixed({mutation(Mutation::Kind::skip, "metacopy-off")}));
        FAIL() << "it runs on Ubuntu 18.04 only";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        EXPECT_THAT(error.what(), HasSubstr("$.mutations[0].skip: the step metacopy-off runs on no node"));
    }
}

}  // namespace
}  // namespace crib::provision
