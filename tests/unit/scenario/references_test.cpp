// Parameters, and ${…} references to them and to other values.

#include "tests/unit/scenario/scenario_text.h"

#include <gmock/gmock.h>

namespace crib::scenario {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string kRuntime =
    R"("parameters": {"runtime": {"default": "crun", "about": "OCI runtime", "values": ["crun", "runc"]}})";
const std::string kUse = kRuntime + R"(, "mutations": [{"set": {"RUNTIME": "${parameters.runtime}"}}])";

TEST(ScenarioParameter, HasItsDefault) {
    const auto scenario = read_it(with(kUse));
    EXPECT_EQ(scenario.parameters.at("runtime"), "crun");
    EXPECT_EQ(scenario.mutations.at(0).inputs.at("RUNTIME"), "crun");
}

TEST(ScenarioParameter, IsSetByItsNameOrItsPath) {
    EXPECT_EQ(read_it(with(kUse), {"runtime=runc"}).mutations.at(0).inputs.at("RUNTIME"), "runc");
    EXPECT_EQ(read_it(with(kUse), {"parameters.runtime=runc"}).mutations.at(0).inputs.at("RUNTIME"), "runc");
}

TEST(ScenarioParameter, TakesOnlyItsValues) {
    EXPECT_EQ(complaints(with(kUse), {"runtime=rncu"}),
              "--set runtime=rncu: $.parameters.runtime.default: unknown value of runtime \"rncu\"\n"
              "    did you mean \"runc\"? on offer: crun, runc");
}

TEST(ScenarioParameter, WithoutADefaultMustBeSet) {
    const auto text = with(R"("parameters": {"size": {"about": "of the worker"}})");
    EXPECT_THAT(complaints(text),
                HasSubstr("the parameter \"size\" has no value\n    give it a \"default\", or --set size=VALUE"));
    EXPECT_EQ(complaints(text, {"size=2GiB"}), "");
}

TEST(ScenarioParameter, CannotBeNamedLikeAKeyOrReferToSomething) {
    EXPECT_THAT(complaints(with(R"("parameters": {"os": {"default": "x"}})")),
                HasSubstr("a parameter cannot be called \"os\"\n    --set os=... is of the scenario's own key"));
    EXPECT_THAT(complaints(with(R"("parameters": {"a.b": {"default": "x"}})")),
                HasSubstr("\"a.b\" cannot be the name of a parameter"));
    EXPECT_THAT(complaints(with(R"("parameters": {"a": {"default": "${name}"}})")),
                HasSubstr("s.json:5:36: $.parameters.a.default: a parameter's value cannot refer to something else"));
}

TEST(ScenarioReference, StandsForValuesOfTheScenario) {
    auto text = with(
        R"("about": "${name} on ${os} with ${versions.cri-o}, worker on ${nodes.worker.os} ${nodes.worker.versions.kubernetes}")");
    EXPECT_EQ(read_it(text).about, "two-node on debian-13 with 1.36.3, worker on debian-13 1.36.3");
}

TEST(ScenarioReference, MayStandForANumberOrTrue) {
    const std::string parameters =
        R"("parameters": {"cpus": {"default": 3}, "out": {"default": true}}, "internet": "${parameters.out}")";
    auto text = with(parameters);
    text.replace(text.rfind("\"vcpus\": 2"), 10, "\"vcpus\": \"${parameters.cpus}\"");
    const auto scenario = read_it(text);
    EXPECT_EQ(scenario.nodes[1].vcpus, 3U);
    EXPECT_TRUE(scenario.internet);
    EXPECT_THAT(complaints(text, {"cpus=many"}),
                StartsWith("s.json:8:72: $.nodes[1].vcpus: must be a whole number, but is a text"));
}

TEST(ScenarioReference, ThatIsUnknownIsToldWhereItStandsWithTheNearest) {
    EXPECT_EQ(
        complaints(with(R"("about": "with ${versions.crio}")")),
        "s.json:5:18: $.about: nothing is known by the name ${versions.crio}\n    did you mean ${versions.cri-o}?");
    EXPECT_THAT(complaints(with(R"("about": "ä ${zzz}")")),
                AllOf(StartsWith("s.json:5:15: "), HasSubstr("known here are: name, nodes.master.os")));
    EXPECT_THAT(complaints(with(R"("about": "${name")")),
                StartsWith("s.json:5:13: $.about: the brace of a ${ is not closed"));
}

TEST(ScenarioReference, InAFlagIsToldWithTheFlag) {
    EXPECT_THAT(complaints(kGood, {"about=${nmae}"}), StartsWith("--set about=${nmae}: $.about: nothing is known"));
}

TEST(ScenarioReference, ToAVersionStaysInWhatACheckoutMayChangeLater) {
    const auto check = read_it(kGood).checks[1];
    EXPECT_EQ(check.params.at("equals"), "cri-o://1.36.3");
    EXPECT_EQ(check.written.at("equals"), "cri-o://${versions.cri-o}");
}

TEST(ScenarioReference, OfTheRecipeIsLeftToTheRecipe) {
    const auto scenario =
        read_it(with(R"("mutations": [{"set": {"RUNTIME": "${node.name}-${versions.cri-o}-${name}"}}])"));
    EXPECT_EQ(scenario.mutations.at(0).inputs.at("RUNTIME"), "${node.name}-${versions.cri-o}-two-node");
}

}  // namespace
}  // namespace crib::scenario
