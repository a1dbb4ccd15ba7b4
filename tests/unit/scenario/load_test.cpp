#include "harness/scenario/load.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "tests/unit/scenario/scenario_text.h"

#include <gmock/gmock.h>

#include <filesystem>

namespace crib::scenario {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> names_of(const Scenario& scenario) {
    std::vector<std::string> names;
    for (const auto& node : scenario.nodes) names.push_back(node.name);
    return names;
}

TEST(Scenario, TheGoodOneHasAllThatItsFileSays) {
    const auto result = load_it(kGood);
    ASSERT_TRUE(result.scenario) << to_string(result.diagnostics);
    const auto& scenario = *result.scenario;
    EXPECT_EQ(scenario.name, "two-node");
    EXPECT_EQ(scenario.os, "debian-13");
    EXPECT_EQ(scenario.recipe, "crio-kubeadm-flannel");
    EXPECT_FALSE(scenario.internet);
    EXPECT_EQ(scenario.versions.at("flannel"), "0.28.10");
    ASSERT_EQ(scenario.nodes.size(), 2U);
    EXPECT_EQ(scenario.nodes[0].role, Role::control_plane);
    EXPECT_EQ(scenario.nodes[0].memory, ByteSize::mib(2300));
    EXPECT_EQ(scenario.nodes[1].role, Role::worker);
    EXPECT_EQ(scenario.nodes[1].os, "debian-13");
    ASSERT_EQ(scenario.checks.size(), 2U);
    EXPECT_EQ(scenario.checks[0].kind, "nodes-ready");
    EXPECT_EQ(scenario.checks[1].params.at("equals"), "cri-o://1.36.3");
}

TEST(Scenario, WithoutANameIsCalledLikeItsFile) {
    const auto text = spoilt("  \"name\": \"two-node\",\n", "");
    EXPECT_EQ(load_text(text, "n/mine.json", {}, known()).scenario->name, "mine");
    EXPECT_EQ(to_string(load_text(text, "n/my file.json", {}, known()).diagnostics),
              "n/my file.json:1:1: $.name: a scenario without a \"name\" is called like its file: \"my file\" is not a "
              "host name: only a to z, 0 to 9 and - are allowed\n"
              "    give it one, for example \"name\": \"two-node\", or rename the file");
    EXPECT_TRUE(load_text(text, "n/my file.json", {"name=mine"}, known()).scenario);
}

TEST(Scenario, OfTheProjectItselfIsGood) {
    const auto folder = fs::path(CRIB_SOURCE_DIR) / "scenarios";
    const auto result = load(folder / "two-node.json", {}, known());
    ASSERT_TRUE(result.scenario) << to_string(result.diagnostics);
    EXPECT_THAT(names_of(*result.scenario), ::testing::ElementsAre("master", "worker"));
}

TEST(Scenario, SpellsOutTheCountOfANode) {
    const auto result = load_it(spoilt("\"count\": 1", "\"count\": 3"));
    ASSERT_TRUE(result.scenario);
    EXPECT_THAT(names_of(*result.scenario), ::testing::ElementsAre("master", "worker1", "worker2", "worker3"));
}

TEST(Scenario, HasDefaultsForWhatItNeedNotSay) {
    const auto result =
        load_it(R"({"os": "debian-12", "versions": {"kubernetes": "1.36.3", "cri-o": "1.36.3", "flannel": "0.28.10"},
                                    "nodes": [{"name": "a", "role": "control-plane"}, {"name": "b", "role": "worker"}]})");
    ASSERT_TRUE(result.scenario) << to_string(result.diagnostics);
    EXPECT_EQ(result.scenario->name, "s");
    EXPECT_EQ(result.scenario->nodes[0].memory, ByteSize::mib(2300));
    EXPECT_EQ(result.scenario->nodes[1].memory, ByteSize::mib(1800));
    EXPECT_EQ(result.scenario->nodes[1].vcpus, 2U);
    EXPECT_THAT(result.scenario->checks, IsEmpty());
}

TEST(Scenario, ANodeMayHaveAnotherOsThanTheRest) {
    const auto result = load_it(spoilt("\"count\": 1", "\"os\": \"debian-12\""));
    ASSERT_TRUE(result.scenario);
    EXPECT_EQ(result.scenario->nodes[1].os, "debian-12");
}

TEST(Scenario, MayTakeAComponentFromACheckoutWhateverItsVersion) {
    const TempFolder folder(fs::temp_directory_path());
    write_file(folder.path() / "go.mod", "module github.com/cri-o/cri-o\n");
    auto text = spoilt("\"cri-o\": \"1.36.3\"", "\"cri-o\": \"1.37.0-dev\"");
    text.insert(text.find("\"nodes\""), "\"components\": {\"cri-o\": \"local:" + folder.path().string() + "\"},\n  ");
    const auto result = load_it(text);
    ASSERT_TRUE(result.scenario) << to_string(result.diagnostics);
    EXPECT_EQ(result.scenario->components.at("cri-o"), "local:" + folder.path().string());
}

TEST(Scenario, MayTakeAComponentFromItsPublisherAtAVersionThatIsNotBuiltHere) {
    auto text = spoilt("\"kubernetes\": \"1.36.3\"", "\"kubernetes\": \"1.31.4\"");
    text.insert(text.find("\"nodes\""), "\"components\": {\"kubernetes\": \"upstream\"},\n  ");
    const auto result = load_it(text);
    ASSERT_TRUE(result.scenario) << to_string(result.diagnostics);
    EXPECT_EQ(result.scenario->components.at("kubernetes"), "upstream");
    EXPECT_EQ(result.scenario->versions.at("kubernetes"), "1.31.4");
}

TEST(Scenario, IsRefusedOnlyWhenItNamesAnImageOrRecipeThatIsBroken) {
    auto facts = known();
    facts.broken_images["debian-12"] = {"images/debian-12.json: it is empty", "mend the file"};
    facts.broken_recipes["other"] = {"other/recipe.json: it is empty", "mend the file"};
    facts.recipes.emplace_back("other");
    EXPECT_TRUE(load_text(kGood, "s.json", {}, facts).scenario);
    EXPECT_THAT(to_string(load_text(kGood, "s.json", {"os=debian-12"}, facts).diagnostics),
                AllOf(HasSubstr("--set os=debian-12"), HasSubstr("images/debian-12.json: it is empty"),
                      HasSubstr("mend the file")));
    EXPECT_THAT(to_string(load_text(with_worker(R"("os": "debian-12")"), "s.json", {}, facts).diagnostics),
                HasSubstr("images/debian-12.json: it is empty"));
    EXPECT_THAT(to_string(load_text(with(R"("recipe": "other")"), "s.json", {}, facts).diagnostics),
                HasSubstr("other/recipe.json: it is empty"));
}

TEST(ScenarioFile, ThatDoesNotExistIsNamedWithItsNearestNeighbour) {
    const TempFolder folder(fs::temp_directory_path());
    write_file(folder.path() / "two-node.json", kGood);
    const auto result = load(folder.path() / "two-nod.json", {}, known());
    EXPECT_FALSE(result.scenario);
    const auto text = to_string(result.diagnostics);
    EXPECT_THAT(text, HasSubstr("there is no such file"));
    EXPECT_THAT(text, HasSubstr("did you mean " + (folder.path() / "two-node.json").string()));
}

TEST(ScenarioFile, ThatIsAFolderOrADeviceIsRefused) {
    EXPECT_THAT(to_string(load(fs::temp_directory_path(), {}, known()).diagnostics), HasSubstr("is a folder"));
    EXPECT_THAT(to_string(load("/dev/zero", {}, known()).diagnostics), HasSubstr("is a device, not a regular file"));
}

TEST(ScenarioFile, OfATerabyteIsRefusedWithoutReadingIt) {
    const TempFolder folder(fs::temp_directory_path());
    const auto file = folder.path() / "huge.json";
    write_file(file, "");
    fs::resize_file(file, std::uintmax_t{1} << 40U);  // all of it a hole
    const auto result = load(file, {}, known());
    EXPECT_THAT(to_string(result.diagnostics), HasSubstr("too large for a scenario file: 1 TiB, at most 1 MiB"));
}

TEST(ScenarioFile, ThatCribHasWrittenItselfIsCalledWhatItIs) {
    const TempFolder folder(fs::temp_directory_path());
    const auto file = folder.path() / "a.json";
    const auto refusal = [&](const std::string& text) {
        write_file(file, text);
        const auto diagnostics = load(file, {}, known()).diagnostics;
        EXPECT_EQ(diagnostics.size(), 1U) << text;
        return to_string(diagnostics);
    };
    EXPECT_THAT(
        refusal(R"({"lock": 2, "scenario": "two-node", "versions": {}})"),
        AllOf(HasSubstr("a.json: is a lock file of crib, not a scenario"), HasSubstr("leave this file as it is")));
    EXPECT_THAT(refusal(R"({"id": "a-b", "scenario": "a", "scenario-file": "/a.json", "hypervisor": ""})"),
                HasSubstr("a.json: is the record of a run, not a scenario"));
    EXPECT_THAT(refusal(R"({"matrix": "a-b", "scenario": "a", "scenario-file": "/a.json", "cells": []})"),
                HasSubstr("a.json: is the record of a matrix, not a scenario"));
    EXPECT_THAT(refusal("\x28\xb5\x2f\xfd..."), HasSubstr("a.json: is a capsule of crib, not a scenario"));
    fs::resize_file(file, 2U << 20U);
    EXPECT_THAT(to_string(load(file, {}, known()).diagnostics), HasSubstr("it is a capsule of crib: crib open"));
}

TEST(ScenarioFile, ThatIsWrongEndsAsAUsageErrorWithAllOfIt) {
    const TempFolder folder(fs::temp_directory_path());
    const auto file = folder.path() / "bad.json";
    write_file(file, spoilt("\"os\": \"debian-13\"", "\"os\": \"debian-14\", \"nam\": 1"));
    try {
        (void)load_or_throw(file, {}, known());
        FAIL() << "loaded";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        EXPECT_THAT(error.what(), AllOf(HasSubstr("debian-14"), HasSubstr("unknown key \"nam\"")));
    }
}

}  // namespace
}  // namespace crib::scenario
