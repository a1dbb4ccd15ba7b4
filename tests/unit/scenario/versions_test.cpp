// Versions: as they are written, as they are resolved, and on which nodes they go together.

#include "harness/scenario/version_rules.h"
#include "tests/unit/scenario/scenario_text.h"

#include <gmock/gmock.h>

namespace crib::scenario {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Knows relative names, as crib's catalogue does.
Known with_catalogue() {
    auto offered = known();
    offered.resolve_version = [](const WantedVersion& version) -> Resolved {
        const auto& [component, wanted, os, source] = version;
        if (source != "modules") return {std::nullopt, "not from " + source, ""};
        if (os == "debian-12" && wanted == "latest") return {"1.30.14", "", ""};
        if (component == "kubernetes" && wanted == "latest") return {"1.36.3", "", ""};
        if (component == "kubernetes" && wanted == "latest-1") return {"1.35.6", "", ""};
        if (wanted.starts_with("1.") || wanted.starts_with("0.")) return {wanted, "", ""};
        return {std::nullopt, "there is no \"" + wanted + "\" of " + component, "latest"};
    };
    return offered;
}

LoadResult load_relative(const std::string& text) {
    return load_text(text, "s.json", {}, with_catalogue());
}

TEST(ScenarioVersion, MayBeRelativeAndIsKeptAsWrittenToo) {
    const auto result = load_relative(spoilt("\"kubernetes\": \"1.36.3\"", "\"kubernetes\": \"latest\""));
    ASSERT_TRUE(result.scenario) << to_string(result.diagnostics);
    EXPECT_EQ(result.scenario->versions.at("kubernetes"), "1.36.3");
    EXPECT_EQ(result.scenario->written_versions.at("kubernetes"), "latest");
    EXPECT_EQ(result.scenario->written_versions.at("cri-o"), "1.36.3");
}

TEST(ScenarioVersion, OfAPublisherMayBeOneThatIsUnknownHereButNotAnyWord) {
    const std::string upstream = R"("components": {"kubernetes": "upstream"}, "nodes")";
    auto text = spoilt("\"kubernetes\": \"1.36.3\"", "\"kubernetes\": \"1.36.99\"");
    text.replace(text.find("\"nodes\""), 7, upstream);
    const auto result = load_relative(text);
    ASSERT_TRUE(result.scenario) << to_string(result.diagnostics);
    EXPECT_EQ(result.scenario->versions.at("kubernetes"), "1.36.99");
    text.replace(text.find("1.36.99"), 7, "newest");
    EXPECT_THAT(to_string(load_relative(text).diagnostics), HasSubstr("not from upstream"));
}

TEST(ScenarioVersion, IsResolvedForTheOs) {
    auto text = spoilt("\"kubernetes\": \"1.36.3\"", "\"kubernetes\": \"latest\"");
    text.replace(text.find("debian-13"), 9, "debian-12");
    EXPECT_EQ(load_relative(text).scenario->versions.at("kubernetes"), "1.30.14");
}

TEST(ScenarioVersion, ThatStandsForNothingIsToldWithTheCataloguesReason) {
    const auto text =
        to_string(load_relative(spoilt("\"kubernetes\": \"1.36.3\"", "\"kubernetes\": \"newest\"")).diagnostics);
    EXPECT_EQ(text, "s.json:4:30: $.versions.kubernetes: there is no \"newest\" of kubernetes\n    latest");
}

TEST(ScenarioVersion, OfOneNodeMayBeOlder) {
    const auto result = load_relative(with_worker(R"("versions": {"kubernetes": "latest-1"})"));
    ASSERT_TRUE(result.scenario) << to_string(result.diagnostics);
    EXPECT_EQ(result.scenario->nodes[1].versions.at("kubernetes"), "1.35.6");
    EXPECT_EQ(result.scenario->nodes[1].written_versions.at("kubernetes"), "latest-1");
    EXPECT_THAT(result.scenario->nodes[0].versions, IsEmpty());
}

TEST(ScenarioVersion, OfOneNodeMustFitItsControlPlane) {
    EXPECT_EQ(
        to_string(load_relative(with_worker(R"("versions": {"kubernetes": "1.37.0"})")).diagnostics),
        "s.json:7:102: $.nodes[1].versions.kubernetes: a kubelet 1.37.0 is newer than its API server 1.36.3, which "
        "Kubernetes does not allow\n    Kubernetes' version skew policy");
    EXPECT_THAT(to_string(load_relative(with_worker(R"("versions": {"kubernetes": "1.32.1"})")).diagnostics),
                HasSubstr("a kubelet 1.32.1 is 4 minor versions behind its API server 1.36.3; Kubernetes allows 3"));
}

TEST(ScenarioVersion, OfAnOlderControlPlaneMakesTheOthersTooNew) {
    const auto text = spoilt("\"vcpus\": 2},", R"("vcpus": 2, "versions": {"kubernetes": "1.35.6"}},)");
    EXPECT_THAT(to_string(load_relative(text).diagnostics),
                HasSubstr("s.json:7:5: $.nodes[1]: a kubelet 1.36.3 is newer than its API server 1.35.6"));
}

TEST(VersionSkew, IsWhatKubernetesPolicySays) {
    EXPECT_EQ(problem_with_skew("1.36.3", "1.36.0"), "");
    EXPECT_EQ(problem_with_skew("1.33.0", "1.36.0"), "");
    EXPECT_EQ(problem_with_skew("1.25.0", "1.28.0"), "");
    EXPECT_NE(problem_with_skew("1.24.0", "1.27.0"), "");
    EXPECT_EQ(problem_with_skew("1.25.0", "1.27.0"), "");
    EXPECT_NE(problem_with_skew("1.37.0", "1.36.9"), "");
    EXPECT_NE(problem_with_skew("2.0.0", "1.36.9"), "");
    EXPECT_EQ(problem_with_skew("devel", "1.36.9"), "");
}

TEST(ScenarioVersion, MayReferToAnotherWhicheverStandsFirst) {
    const auto text = spoilt("\"cri-o\": \"1.36.3\"", "\"cri-o\": \"${versions.kubernetes}\"");
    EXPECT_EQ(read_it(text).versions.at("cri-o"), "1.36.3");
    EXPECT_EQ(read_it(text).written_versions.at("cri-o"), "${versions.kubernetes}");
}

TEST(ScenarioVersion, ThatRefersToItselfIsToldOnce) {
    auto text = spoilt("\"cri-o\": \"1.36.3\"", "\"cri-o\": \"${versions.kubernetes}\"");
    text.replace(text.find("\"1.36.3\""), 8, "\"${versions.cri-o}\"");
    const auto found = load_it(text).diagnostics;
    ASSERT_EQ(found.size(), 1U) << to_string(found);
    EXPECT_THAT(found[0].message, HasSubstr("refers to itself"));
}

// A recipe without CRI-O, beside the one with it.
Known with_containerd() {
    auto offered = known();
    offered.recipes.emplace_back("containerd");
    offered.recipe_names["containerd"] = {{"kubeadm-init"}, {}, {"kubernetes", "flannel"}};
    return offered;
}

TEST(ScenarioVersion, IsNeededOfWhatTheRecipeTakesAlone) {
    auto text = spoilt("\"cri-o\": \"1.36.3\", ", "");
    text.replace(text.find("cri-o://${versions.cri-o}"), 25, "containerd://1.7");
    EXPECT_THAT(to_string(load_text(text, "s.json", {}, with_containerd()).diagnostics),
                HasSubstr("$.versions: the version of \"cri-o\" is missing\n    on offer: 1.36.3"));
    const auto other = load_text(text, "s.json", {"recipe=containerd"}, with_containerd());
    ASSERT_TRUE(other.scenario) << to_string(other.diagnostics);
    EXPECT_TRUE(other.scenario->notes.empty());
    EXPECT_THAT(to_string(load_text("{}", "s.json", {"recipe=containerd"}, with_containerd()).diagnostics),
                HasSubstr(R"(for example "versions": {"kubernetes": "1.36.3", "flannel": "0.28.10"})"));
}

TEST(ScenarioVersion, ThatTheRecipeDoesNotTakeIsNotedAndStandsForNothingButItsName) {
    auto text = with_worker(R"("versions": {"cri-o": "1.36.3"})");
    text.insert(text.find("\"nodes\""), "\"components\": {\"cri-o\": \"upstream\"}, ");
    EXPECT_TRUE(read_it(text).notes.empty());
    const auto loaded = load_text(text, "s.json", {"recipe=containerd"}, with_containerd());
    ASSERT_TRUE(loaded.scenario) << to_string(loaded.diagnostics);
    EXPECT_EQ(loaded.scenario->versions.count("cri-o"), 0U);
    EXPECT_EQ(loaded.scenario->written_versions.count("cri-o"), 0U);
    EXPECT_TRUE(loaded.scenario->nodes[1].versions.empty());
    EXPECT_EQ(loaded.scenario->checks[1].params.at("equals"), "cri-o://1.36.3");
    EXPECT_THAT(
        loaded.scenario->notes,
        ::testing::ElementsAre("s.json:5:18: $.components.cri-o: not used: containerd sets up kubernetes, flannel",
                               "s.json:4:40: $.versions.cri-o: not used: containerd takes the version of "
                               "kubernetes, flannel",
                               ::testing::HasSubstr("$.nodes[1].versions.cri-o: not used: containerd")));
}

}  // namespace
}  // namespace crib::scenario
