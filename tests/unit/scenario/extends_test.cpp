// Comments in files, and files that extend others.

#include "harness/base/file.h"
#include "tests/unit/scenario/scenario_text.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>

namespace crib::scenario {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(ScenarioComment, MayStandAtTheEndOfAnyLine) {
    const auto text = "// a scenario\n" +
                      spoilt("\"os\": \"debian-13\",", "// \"os\": \"\\\"\n  \"os\": \"debian-13\",  // {[") + "// end";
    EXPECT_EQ(complaints(text), "");
}

TEST(ScenarioComment, MovesNoPositions) {
    EXPECT_THAT(complaints(spoilt("\"os\": \"debian-13\"", "// ä\n\"os\": \"debian-14\"")),
                StartsWith("s.json:4:7: $.os: "));
}

TEST(ScenarioComment, InATextIsText) {
    EXPECT_EQ(read_it(with(R"("about": "see http://crib.test // there")")).about, "see http://crib.test // there");
}

TEST(ScenarioComment, OfAnotherKindIsToldHowItIsWritten) {
    EXPECT_THAT(complaints(spoilt("\"os\"", "/* x */ \"os\"")),
                AllOf(StartsWith("s.json:3:3: not valid JSON: "), HasSubstr("a comment begins with //")));
    EXPECT_THAT(complaints("{\"a\": 1,}"), HasSubstr("remove the comma before it"));
}

TEST(ScenarioMatrix, IsKeptInTheOrderOfTheFile) {
    EXPECT_EQ(
        read_it(with(R"("matrix": {"axes": {"versions.cri-o": ["1.36.3"], "os": ["debian-12"]}, "limit": 1})")).matrix,
        R"({"axes":{"versions.cri-o":["1.36.3"],"os":["debian-12"]},"limit":1})");
    EXPECT_EQ(read_it(kGood).matrix, "");
    EXPECT_THAT(complaints(with("\"matrix\": {\"axis\": {}}")), HasSubstr("s.json:5:"));
    EXPECT_THAT(complaints(with("\"matrix\": []")), HasSubstr("$.matrix: must be an object, but is a list"));
}

class ScenarioExtends : public ::testing::Test {
protected:
    fs::path put(const std::string& name, const std::string& text) {
        const auto file = folder_.path() / name;
        fs::create_directories(file.parent_path());
        write_file(file, text);
        return file;
    }
    std::string complaints_of(const fs::path& file, const std::vector<std::string>& sets = {}) {
        auto text = to_string(load(file, sets, known()).diagnostics);
        const auto prefix = folder_.path().string() + "/";
        for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix))
            text.erase(at, prefix.size());
        return text;
    }
    Scenario scenario_of(const fs::path& file) { return load_or_throw(file, {}, known()); }

    TempFolder folder_{fs::temp_directory_path()};
};

TEST_F(ScenarioExtends, TakesAllOfAnotherFileButItsName) {
    put("base.json", with("\"about\": \"the base\""));
    const auto scenario = scenario_of(put("mine.json", R"({"$schema": "x", "extends": "base.json"})"));
    EXPECT_EQ(scenario.name, "mine");
    EXPECT_EQ(scenario.about, "");
    EXPECT_EQ(scenario.os, "debian-13");
    EXPECT_EQ(scenario.checks.size(), 2U);
}

TEST_F(ScenarioExtends, MergesObjectsAndNodesByNameAndReplacesTheRest) {
    put("base.json", kGood);
    const auto scenario = scenario_of(put("mine.json", R"({
      "extends": "base.json", "os": "debian-12", "versions": {"kubernetes": "1.36.2"},
      "nodes": [{"name": "worker", "memory": "2GiB", "labels": {"a": "b"}}, {"name": "extra", "role": "worker"}],
      "checks": []})"));
    EXPECT_EQ(scenario.os, "debian-12");
    EXPECT_EQ(scenario.versions.at("kubernetes"), "1.36.2");
    EXPECT_EQ(scenario.versions.at("cri-o"), "1.36.3");
    ASSERT_EQ(scenario.nodes.size(), 3U);
    EXPECT_EQ(scenario.nodes[1].memory, ByteSize::gib(2));
    EXPECT_EQ(scenario.nodes[1].labels.at("a"), "b");
    EXPECT_EQ(scenario.nodes[2].name, "extra");
    EXPECT_TRUE(scenario.checks.empty());
}

TEST_F(ScenarioExtends, LetsTheLastOfSeveralFilesWin) {
    put("base.json", kGood);
    put("more/a.json", R"({"extends": "../base.json", "os": "debian-12", "internet": true})");
    put("more/b.json", R"({"os": "debian-13"})");
    const auto scenario = scenario_of(put("mine.json", R"({"extends": ["more/a.json", "more/b.json"]})"));
    EXPECT_EQ(scenario.os, "debian-13");
    EXPECT_TRUE(scenario.internet);
}

TEST_F(ScenarioExtends, TakesAwayByNull) {
    put("base.json", with(R"("expect": {"fails-at": "swap-off"})"));
    EXPECT_FALSE(scenario_of(put("mine.json", R"({"extends": "base.json", "expect": null})")).expect);
    EXPECT_THAT(complaints(with("\"expect\": null")), HasSubstr("$.expect: must be an object, but is null"));
}

TEST_F(ScenarioExtends, NamesTheFileInWhichAWrongValueStands) {
    put("base.json", spoilt("\"1800MiB\"", "\"1MiB\""));
    const auto mine =
        put("mine.json", "{\"extends\": \"base.json\",\n \"nodes\": [{\"name\": \"worker\", \"vcpus\": 0}]}");
    EXPECT_EQ(complaints_of(mine),
              "mine.json:2:40: $.nodes[1].vcpus: 0 is not between 1 and 64\n"
              "base.json:7:52: $.nodes[1].memory: 1 MiB is less than a node needs, 512 MiB");
}

TEST_F(ScenarioExtends, TakesPathsFromTheFileInWhichTheyStand) {
    put("sub/s.sh", "echo from sub\n");
    put("sub/base.json", with(R"("mutations": [{"replace": "swap-off", "script": "s.sh"}])"));
    EXPECT_EQ(scenario_of(put("mine.json", R"({"extends": "sub/base.json"})")).mutations[0].script, "echo from sub\n");
}

TEST_F(ScenarioExtends, TakesPathsThroughALinkFromWhereItLeads) {
    put("deep/real/base.json", with(R"("mutations": [{"replace": "swap-off", "script": "up/../s.sh"}])"));
    put("deep/other/s.sh", "echo from where the link leads\n");
    put("deep/real/s.sh", "echo from beside the link\n");
    put("base.json", "{}");
    put("deep/real/folder/mine.json", R"({"extends": "../base.json"})");
    fs::create_directories(folder_.path() / "deep/other/folder");
    fs::create_directory_symlink("../other/folder", folder_.path() / "deep/real/up");
    fs::create_directory_symlink("deep/real/folder", folder_.path() / "link");
    EXPECT_EQ(scenario_of(folder_.path() / "link/mine.json").mutations.at(0).script,
              "echo from where the link leads\n");
    const auto other = put("other.json", R"({"extends": "link/../base.json"})");
    EXPECT_EQ(scenario_of(other).os, "debian-13");
}

TEST_F(ScenarioExtends, RefusesACircleWithItsChain) {
    put("b.json", "{\n  \"extends\": [\"a.json\"]}");
    EXPECT_EQ(complaints_of(put("a.json", R"({"extends": "b.json"})")),
              "b.json:2:15: $.extends[0]: extends itself: a.json -> b.json -> a.json\n    take one of them out");
    EXPECT_THAT(complaints_of(put("c.json", R"({"extends": "./c.json"})")), HasSubstr("c.json -> c.json"));
}

TEST_F(ScenarioExtends, NamesWhoExtendsAFileThatIsMissing) {
    put("base.json", kGood);
    EXPECT_EQ(
        complaints_of(put("mine.json", R"({"extends": "bsae.json"})")),
        "mine.json:1:13: $.extends: bsae.json cannot be extended: there is no such file\n    did you mean base.json?");
    EXPECT_THAT(complaints_of(put("other.json", R"({"extends": [1]})")), HasSubstr("$.extends[0]: must be a text"));
    EXPECT_THAT(complaints_of(put("other.json", R"({"extends": "."})")), HasSubstr("is a folder"));
}

TEST_F(ScenarioExtends, TellsOfBrokenJsonInTheFileThatHasIt) {
    put("base.json", "{\n\"os\" 1}");
    EXPECT_THAT(complaints_of(put("mine.json", R"({"extends": "base.json"})")),
                StartsWith("base.json:2:6: not valid JSON"));
}

TEST_F(ScenarioExtends, NamesNoFileTwiceInOneList) {
    put("0.json", kGood);
    for (int i = 1; i <= 40; ++i) {
        const auto below = std::to_string(i - 1) + ".json";
        put(std::to_string(i) + ".json", "{\"extends\": [\"" + below + "\", \"./" + below + "\"]}");
    }
    EXPECT_THAT(complaints_of(folder_.path() / "40.json"),
                AllOf(StartsWith("40.json:1:25: $.extends[1]: names the same file as $.extends[0]\n"),
                      Not(HasSubstr("more than"))));
}

TEST_F(ScenarioExtends, DoesNotMultiplyWithoutEnd) {
    put("a0.json", kGood);
    put("b0.json", kGood);
    for (int i = 1; i <= 40; ++i) {
        for (const auto* name : {"a", "b"}) {
            put(fmt::format("{}{}.json", name, i), fmt::format(R"({{"extends": ["a{0}.json", "b{0}.json"]}})", i - 1));
        }
    }
    const auto text = complaints_of(folder_.path() / "a12.json");
    EXPECT_THAT(text, HasSubstr("is extended in many ways: files are read more than 64 times"));
    EXPECT_EQ(std::ranges::count(text, '\n'), 1) << "told once, with what to do: " << text;
}

TEST_F(ScenarioExtends, TakesNoMoreTextThanAScenarioMayHave) {
    put("base.json", "{\"about\": \"" + std::string(600'000, 'x') + "\"}");
    put("other.json", "{\"about\": \"" + std::string(600'000, 'x') + "\"}");
    EXPECT_THAT(complaints_of(put("mine.json", R"({"extends": ["base.json", "other.json"]})")),
                StartsWith("mine.json:1:27: $.extends[1]: with other.json all that is extended is too large"));
}

TEST_F(ScenarioExtends, IsNotForFlags) {
    EXPECT_THAT(complaints_of(put("mine.json", kGood), {"extends=x"}),
                StartsWith("--set extends=x: $.extends: can only stand in a file"));
}

}  // namespace
}  // namespace crib::scenario
