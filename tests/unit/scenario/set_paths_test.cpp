#include "harness/scenario/set_paths.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace crib::scenario {
namespace {

using testing::ElementsAre;

class PathsOfSets : public testing::Test {
protected:
    const std::string here = std::filesystem::current_path().string();
};

TEST_F(PathsOfSets, ToCheckoutsAreRecordedAsAbsoluteOnes) {
    EXPECT_THAT(with_absolute_paths({"components.cri-o=local:cri-o", "components[cri-o]=local:cri-o",
                                     "components.cri-o=local:/src/cri-o"}),
                ElementsAre("components.cri-o=local:" + here + "/cri-o", "components[cri-o]=local:" + here + "/cri-o",
                            "components.cri-o=local:/src/cri-o"));
}

TEST_F(PathsOfSets, ToCheckoutsAreRecordedAsAbsoluteOnesInJsonToo) {
    EXPECT_THAT(
        with_absolute_paths({R"(components={"flannel": "local:f", "cri-o": "local:/src/cri-o", "a": "upstream"})",
                             R"(components.cri-o="local:cri-o")"}),
        ElementsAre(R"(components={"flannel":"local:)" + here + R"(/f","cri-o":"local:/src/cri-o","a":"upstream"})",
                    R"(components.cri-o="local:)" + here + R"(/cri-o")"));
}

TEST_F(PathsOfSets, LeaveAloneWhatIsNone) {
    const std::string deep = R"(components={"cri-o": "local:x", "y": )" + std::string(100'000, '[');
    const std::vector<std::string> sets{"components.cri-o=upstream",
                                        "about=local:x",
                                        "components.cri-o=local:",
                                        "components.cri-o=local:${parameters.where}",
                                        "components",
                                        "componentsx=local:x",
                                        R"(components={"cri-o": "local:")",
                                        R"(components={"cri-o": "local:"})",
                                        R"(components={"cri-o": "upstream"})",
                                        R"(components=["local:x"])",
                                        R"(parameters={"cri-o": "local:x"})",
                                        R"(mutations=[{"replace": "nginx", "run": "s.sh"}, "script", {"script": 1}])",
                                        R"(mutations={"script": "s.sh"})",
                                        "mutations[0].script=",
                                        "mutations[0].run=s.sh",
                                        "mutations[0].set.script=s.sh",
                                        R"(mutations[0]={"script": "s.sh")",
                                        "mutations[0].script=${parameters.where}/s.sh",
                                        "mutations=" + std::string(100'000, '[') + std::string(100'000, ']'),
                                        deep,
                                        deep + std::string(100'000, ']') + "}"};
    EXPECT_EQ(with_absolute_paths(sets), sets);
}

TEST_F(PathsOfSets, AreRecordedWhereTheScenarioHasFoundTheCheckouts) {
    Scenario scenario;
    scenario.components = {{"cri-o", "local:/src/cri-o"}};
    EXPECT_THAT(
        with_found_paths({"components.cri-o=local:../${where}", R"(components={"cri-o":"local:../cri-o"})"}, scenario),
        ElementsAre("components.cri-o=local:/src/cri-o", R"(components={"cri-o":"local:/src/cri-o"})"));
}

// It was recorded as typed: from another folder another script was run, or none was found.
TEST_F(PathsOfSets, ToScriptsAreRecordedAsAbsoluteOnesToo) {
    EXPECT_THAT(
        with_absolute_paths({R"(mutations=[{"replace": "nginx", "script": "s.sh"}, {"set": {"A": "s.sh"}}])",
                             R"(mutations[0]={"replace": "nginx", "script": "/src/s.sh"})",
                             "mutations[0].script=steps/../s.sh", "mutations.0[script]=s.sh",
                             R"(mutations[0].script="s.sh")"}),
        ElementsAre(R"(mutations=[{"replace":"nginx","script":")" + here + R"(/s.sh"},{"set":{"A":"s.sh"}}])",
                    R"(mutations[0]={"replace":"nginx","script":"/src/s.sh"})", "mutations[0].script=" + here + "/s.sh",
                    "mutations.0[script]=" + here + "/s.sh", R"(mutations[0].script=")" + here + R"(/s.sh")"));
}

TEST_F(PathsOfSets, AreRecordedWhereTheScenarioHasFoundTheScripts) {
    Scenario scenario;
    scenario.mutations.resize(2);
    scenario.mutations[1].path = "$.mutations[1]";
    scenario.mutations[1].origin = "steps/s.sh";
    EXPECT_THAT(
        with_found_paths({"mutations[1].script=${parameters.where}/s.sh", "mutations[1].script=s.sh"}, scenario),
        ElementsAre("mutations[1].script=" + here + "/steps/s.sh", "mutations[1].script=" + here + "/s.sh"));
}

TEST_F(PathsOfSets, OfAFileAreMeantFromItsFolder) {
    EXPECT_THAT(with_absolute_paths({"components.cri-o=local:../cri-o", "mutations[0].script=s.sh",
                                     "mutations[0].script=${where}/s.sh", "components.flannel=local:/src/flannel"},
                                    "/src/crib/scenarios"),
                ElementsAre("components.cri-o=local:/src/crib/cri-o", "mutations[0].script=/src/crib/scenarios/s.sh",
                            "mutations[0].script=${where}/s.sh", "components.flannel=local:/src/flannel"));
    EXPECT_THAT(with_absolute_paths({"components.cri-o=local:../cri-o", "mutations[0].script=s.sh"}, "a"),
                ElementsAre("components.cri-o=local:" + here + "/cri-o", "mutations[0].script=" + here + "/a/s.sh"));
}

TEST_F(PathsOfSets, AreFoundInTextsAndInJson) {
    for (const auto* set : {"components.cri-o=local:x", R"(components={"cri-o": "local:x"})", "mutations[0].script=s",
                            R"(mutations[0]={"replace": "nginx", "script": "s"})"}) {
        EXPECT_TRUE(names_path(set)) << set;
    }
    for (const auto* set : {"components.cri-o=upstream", "about=local:x", "components.cri-o=local:", "os", "",
                            R"(mutations[0]={"replace": "nginx", "run": "s"})", "mutations[0].run=s"}) {
        EXPECT_FALSE(names_path(set)) << set;
    }
}

TEST_F(PathsOfSets, AreThoseOfScriptsToWhoeverAsksForScripts) {
    EXPECT_THAT(scripts_of(R"(mutations=[{"replace": "a", "script": "a.sh"}, {"set": {"script": "no.sh"}},
                              {"replace": "b", "script": "b.sh"}])"),
                ElementsAre("a.sh", "b.sh"));
    EXPECT_THAT(scripts_of("mutations.0[script]=a.sh"), ElementsAre("a.sh"));
    EXPECT_THAT(scripts_of("components.cri-o=local:a.sh"), ElementsAre());
}

}  // namespace
}  // namespace crib::scenario
