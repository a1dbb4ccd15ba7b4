// Each thing that can be wrong with a scenario is told where it stands, with the reason and the cure.

#include "tests/unit/scenario/scenario_text.h"

#include <gmock/gmock.h>

namespace crib::scenario {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(ScenarioDiagnostics, BrokenJsonIsToldWithLineAndColumn) {
    EXPECT_THAT(complaints("{\n  \"name\": \"a\",\n  }\n"), StartsWith("s.json:3:3: not valid JSON: "));
    EXPECT_THAT(complaints(""), StartsWith("s.json:1:1: not valid JSON: "));
    EXPECT_THAT(complaints(kGood + "x"), StartsWith("s.json:14:1: not valid JSON: "));
}

TEST(ScenarioDiagnostics, BadUtf8IsToldWithLineAndColumn) {
    EXPECT_THAT(complaints("{\n  \"näme\": \"\xff\"}"), StartsWith("s.json:2:12: byte 0xff is not UTF-8"));
    EXPECT_THAT(complaints("{\"a\": \"\xc3"), HasSubstr("byte 0xc3 is not UTF-8"));
}

TEST(ScenarioDiagnostics, AForeignTextIsAPieceOfOneLine) {
    Diagnostic diagnostic{"a\x1b[2J\n.json", 1, 2, "", "$.x\ny", "it says \"\u202E\n\"", "say\nso"};
    EXPECT_EQ(to_string(diagnostic), "a .json:1:2: $.x y: it says \"\uFFFD \"\n    say so");
    diagnostic.flag = "--set about=\xff";
    EXPECT_THAT(to_string(diagnostic), StartsWith("--set about=\uFFFD: "));
}

TEST(ScenarioDiagnostics, WhatIsNoObjectIsRefused) {
    EXPECT_THAT(complaints("[]"), StartsWith("s.json:1:1: a scenario is an object"));
}

TEST(ScenarioDiagnostics, AnUnknownKeyIsToldWithTheNearestKnownOne) {
    EXPECT_EQ(complaints(spoilt("\"memory\": \"1800MiB\"", "\"memry\": \"1800MiB\"")),
              "s.json:7:42: $.nodes[1].memry: unknown key \"memry\"\n    did you mean \"memory\"?");
    EXPECT_THAT(complaints(spoilt("\"name\": \"two-node\",", "\"zzz\": 1,")), HasSubstr("known are: name, about"));
}

TEST(ScenarioDiagnostics, AKeyThatStandsTwiceIsRefused) {
    EXPECT_THAT(complaints(spoilt("\"os\": \"debian-13\",", "\"os\": \"debian-13\", \"os\": \"debian-12\",")),
                StartsWith("s.json:3:22: $.os is given twice"));
}

TEST(ScenarioDiagnostics, AWrongTypeIsToldWithBoth) {
    EXPECT_EQ(complaints(spoilt("\"vcpus\": 2}", "\"vcpus\": \"2\"}")),
              "s.json:6:79: $.nodes[0].vcpus: must be a whole number, but is a text");
    EXPECT_THAT(complaints(spoilt("\"1800MiB\"", "1800")),
                HasSubstr("$.nodes[1].memory: must be a text, but is a number"));
    EXPECT_THAT(complaints(spoilt("\"count\": 1", "\"count\": 1.5")), HasSubstr("must be a whole number"));
    EXPECT_THAT(complaints(spoilt("\"os\": \"debian-13\"", "\"os\": null")), HasSubstr("must be a text, but is null"));
    EXPECT_THAT(complaints(spoilt("{\"nodes-ready\": {}}", "\"nodes-ready\"")), HasSubstr("must be an object"));
}

TEST(ScenarioDiagnostics, AnUnknownOsIsToldWithThoseOnOffer) {
    EXPECT_EQ(complaints(spoilt("\"os\": \"debian-13\"", "\"os\": \"debian-14\"")),
              "s.json:3:9: $.os: unknown node image \"debian-14\"\n"
              "    did you mean \"debian-12\"? on offer: debian-12, debian-13");
    EXPECT_THAT(complaints(spoilt("\"count\": 1", "\"os\": \"plan-9\"")), HasSubstr("on offer: debian-12, debian-13"));
}

TEST(ScenarioDiagnostics, AnUnknownVersionOrComponentIsToldWithThoseOnOffer) {
    EXPECT_THAT(complaints(spoilt("\"kubernetes\": \"1.36.3\"", "\"kubernetes\": \"1.2.3\"")),
                AllOf(HasSubstr("s.json:4:30: $.versions.kubernetes: unknown version of kubernetes \"1.2.3\""),
                      HasSubstr("on offer: 1.36.2, 1.36.3")));
    EXPECT_THAT(complaints(spoilt("\"flannel\": ", "\"flanel\": ")),
                AllOf(HasSubstr("unknown component \"flanel\""), HasSubstr("did you mean \"flannel\"?"),
                      HasSubstr("the version of \"flannel\" is missing")));
}

TEST(ScenarioDiagnostics, AnUnknownRecipeIsTold) {
    EXPECT_THAT(complaints(spoilt("\"checks\"", "\"recipe\": \"crio-kubeadm-flanel\", \"checks\"")),
                HasSubstr("did you mean \"crio-kubeadm-flannel\"?"));
}

TEST(ScenarioDiagnostics, ThereMustBeExactlyOneControlPlane) {
    EXPECT_THAT(complaints(spoilt("\"control-plane\"", "\"worker\"")),
                StartsWith("s.json:5:12: $.nodes: no node is a control plane"));
    EXPECT_THAT(complaints(spoilt("\"worker\", \"memory\"", "\"control-plane\", \"memory\"")),
                HasSubstr("2 control planes are given"));
    EXPECT_THAT(complaints(spoilt("\"vcpus\": 2}", "\"vcpus\": 2, \"count\": 2}")),
                HasSubstr("$.nodes[0].count: the recipes set up one control plane"));
}

TEST(ScenarioDiagnostics, TwoNodesOfOneNameAreToldWithBothPlaces) {
    EXPECT_EQ(complaints(spoilt("\"name\": \"worker\"", "\"name\": \"master\"")),
              "s.json:7:14: $.nodes[1].name: two nodes are called \"master\"\n    the other one is $.nodes[0].name");
    EXPECT_THAT(complaints(spoilt("\"count\": 1}", "\"count\": 2}, {\"name\": \"worker2\", \"role\": \"worker\"}")),
                HasSubstr("$.nodes[2].name: two nodes are called \"worker2\""));
}

TEST(ScenarioDiagnostics, AHostNameMustBeOne) {
    const auto named = [](const std::string& name) {
        return complaints(spoilt("\"name\": \"worker\"", "\"name\": \"" + name + "\""));
    };
    EXPECT_THAT(named("work_er"), HasSubstr("\"work_er\" is not a host name: only a to z, 0 to 9 and - are allowed"));
    EXPECT_THAT(named("Worker"), HasSubstr("is not a host name"));
    EXPECT_THAT(named("worker-"), HasSubstr("cannot begin or end with -"));
    EXPECT_THAT(named(""), HasSubstr("cannot be empty"));
    EXPECT_THAT(named(std::string(64, 'a')), HasSubstr("at most 63 characters, this one has 64"));
    EXPECT_EQ(named(std::string(63, 'a')), "");
}

TEST(ScenarioDiagnostics, ANodeHasANameOfItsOwn) {
    for (const auto* name : {"localhost", "localhost4", "localhost6", "ip6-localhost", "ip6-loopback", "ip6-allnodes",
                             "ip6-allrouters", "broadcasthost", "packages"}) {
        EXPECT_THAT(complaints(spoilt("\"name\": \"worker\"", std::string("\"name\": \"") + name + "\"")),
                    HasSubstr(std::string("$.nodes[1].name: a node cannot be called ") + name));
    }
    EXPECT_THAT(complaints(spoilt(
                    "\"name\": \"worker\", \"role\": \"worker\", \"memory\": \"1800MiB\", \"vcpus\": 2, \"count\": 1",
                    "\"name\": \"localhost\", \"role\": \"worker\", \"count\": 4")),
                HasSubstr("a node cannot be called localhost4"));
    EXPECT_EQ(complaints(spoilt("\"name\": \"worker\"", "\"name\": \"package\"")), "");
}

TEST(ScenarioDiagnostics, MemoryUnderTheMinimumIsToldWithIt) {
    EXPECT_EQ(complaints(spoilt("\"2300MiB\"", "\"1GiB\"")),
              "s.json:6:59: $.nodes[0].memory: 1 GiB is less than kubeadm's minimum for a control plane, 1700 MiB");
    EXPECT_THAT(complaints(spoilt("\"1800MiB\"", "\"511MiB\"")), HasSubstr("less than a node needs, 512 MiB"));
    EXPECT_EQ(complaints(spoilt("\"1800MiB\"", "\"512MiB\"")), "");
    EXPECT_THAT(complaints(spoilt("\"1800MiB\"", "\"much\"")),
                AllOf(HasSubstr("\"much\" is not an amount of memory"), HasSubstr("2300MiB")));
    EXPECT_THAT(complaints(spoilt("\"1800MiB\"", "\"9000GiB\"")), HasSubstr("more than crib gives a node"));
}

TEST(ScenarioDiagnostics, VcpusAndCountMustBeInTheirRanges) {
    EXPECT_THAT(complaints(spoilt("\"vcpus\": 2}", "\"vcpus\": 1}")), HasSubstr("less than kubeadm's minimum"));
    EXPECT_THAT(complaints(spoilt("\"count\": 1", "\"count\": 0")), HasSubstr("0 is not between 1 and 200"));
    EXPECT_THAT(complaints(spoilt("\"count\": 1", "\"count\": 18446744073709551615")),
                HasSubstr("18446744073709551615 is out of range: at most 1000000000"));
    EXPECT_THAT(complaints(spoilt("\"count\": 1", "\"count\": 99999999999999999999")),
                HasSubstr("1e+20 is out of range: at most 1000000000"));
    EXPECT_THAT(complaints(spoilt("\"count\": 1", "\"count\": -99999999999")),
                HasSubstr("-99999999999 is out of range: at least -1000000000"));
    EXPECT_THAT(complaints(spoilt("\"count\": 1", "\"count\": 200")), HasSubstr("201 nodes are more"));
}

TEST(ScenarioDiagnostics, WhatIsMissingIsNamed) {
    const auto text = complaints("{\"nodes\": [{}]}");
    EXPECT_THAT(text, HasSubstr("\"versions\" is missing"));
    EXPECT_THAT(text, HasSubstr("$.nodes[0]: \"name\" is missing"));
    EXPECT_THAT(text, HasSubstr("$.nodes[0]: \"role\" is missing"));
    EXPECT_THAT(text, HasSubstr("no \"os\" is given"));
    EXPECT_THAT(complaints("{}"), HasSubstr("\"nodes\" is missing"));
}

TEST(ScenarioDiagnostics, AComponentsSourceMustExist) {
    const auto from = [](const std::string& source) {
        return complaints(spoilt("\"nodes\"", "\"components\": {\"cri-o\": \"" + source + "\"}, \"nodes\""));
    };
    EXPECT_THAT(from("local:/no/such/folder"), HasSubstr("there is no folder /no/such/folder"));
    EXPECT_THAT(from("internet"), HasSubstr("unknown source \"internet\""));
    EXPECT_EQ(from("modules"), "");
}

TEST(ScenarioDiagnostics, AReferenceToNoVersionIsTold) {
    EXPECT_THAT(complaints(spoilt("${versions.cri-o}", "${versions.crio}")),
                HasSubstr("$.checks[1].container-runtime.equals: nothing is known by the name ${versions.crio}"));
}

TEST(ScenarioDiagnostics, AChecksOwnProblemsStandWhereItsParameterIs) {
    auto offered = known();
    offered.check_problems = [](const Check& check, const auto&) -> std::vector<CheckProblem> {
        if (check.kind == "nodes-ready") return {{"", "unknown check", "one of a, b"}};
        return {{check.params.begin()->first, "unknown parameter", ""}};
    };
    const auto text = to_string(load_text(kGood, "s.json", {}, offered).diagnostics);
    EXPECT_EQ(text,
              "s.json:10:6: $.checks[0].nodes-ready: unknown check\n    one of a, b\n"
              "s.json:11:28: $.checks[1].container-runtime.equals: unknown parameter");
}

TEST(ScenarioDiagnostics, ACheckIsOneKind) {
    EXPECT_THAT(complaints(spoilt("{\"nodes-ready\": {}}", "{}")), HasSubstr("but here are 0"));
}

TEST(ScenarioDiagnostics, AllErrorsAreToldAtOnceInTheOrderOfTheFile) {
    auto text = spoilt("\"os\": \"debian-13\"", "\"os\": \"debian-14\"");
    text.replace(text.find("\"2300MiB\""), 9, "\"1MiB\"");
    text.insert(1, "\"zzz\": 1,");
    const auto found = load_it(text).diagnostics;
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[0].path, "$.zzz");
    EXPECT_EQ(found[1].path, "$.os");
    EXPECT_EQ(found[2].path, "$.nodes[0].memory");
}

TEST(ScenarioDiagnostics, NestingWithoutEndIsRefused) {
    EXPECT_THAT(complaints(std::string(200000, '[') + std::string(200000, ']')),
                HasSubstr("nested more than 64 levels deep"));
    EXPECT_THAT(complaints(std::string(500000, '[')), HasSubstr("not valid JSON"));
}

TEST(ScenarioDiagnostics, NoPrefixOfAScenarioIsAcceptedOrCrashes) {
    for (std::size_t length = 0; length < kGood.size() - 2; ++length) {
        EXPECT_NE(complaints(kGood.substr(0, length)), "") << length;
    }
}

}  // namespace
}  // namespace crib::scenario
