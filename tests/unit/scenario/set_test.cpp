// --set PATH=VALUE

#include "harness/base/file.h"
#include "tests/unit/scenario/scenario_text.h"

#include <gmock/gmock.h>

namespace crib::scenario {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

Scenario with_set(const std::string& set) {
    auto result = load_it(kGood, {set});
    if (!result.scenario) throw std::runtime_error(to_string(result.diagnostics));
    return *result.scenario;
}

TEST(ScenarioSet, ChangesAValue) {
    EXPECT_EQ(with_set("versions.kubernetes=1.36.2").versions.at("kubernetes"), "1.36.2");
    EXPECT_EQ(with_set("os=debian-12").os, "debian-12");
    EXPECT_TRUE(with_set("internet=true").internet);
}

TEST(ScenarioSet, NamesAnElementByNumberOrByName) {
    EXPECT_EQ(with_set("nodes[0].memory=4GiB").nodes[0].memory, ByteSize::gib(4));
    EXPECT_EQ(with_set("nodes.0.memory=4GiB").nodes[0].memory, ByteSize::gib(4));
    EXPECT_EQ(with_set("nodes.worker.count=2").nodes.size(), 3U);
}

// It may not be called so; that is what is to be said, not that there is none.
TEST(ScenarioSet, NamesAnElementThatIsCalledLikeANumber) {
    const auto said = complaints(kGood, {"nodes.worker.name=42", "nodes.42.memory=3GiB"});
    EXPECT_THAT(said, HasSubstr("a node cannot be called 42: that is read as an address"));
    EXPECT_THAT(said, Not(HasSubstr("has no element")));
}

TEST(ScenarioSet, TakesAWholeJsonValue) {
    EXPECT_EQ(with_set(R"(checks=[{"nodes-ready": {}}])").checks.size(), 1U);
}

TEST(ScenarioSet, KeepsATextAText) {
    EXPECT_EQ(with_set("name=12").name, "12");
    EXPECT_EQ(with_set("about=12").about, "12");
}

TEST(ScenarioSet, TheLastOneWins) {
    const auto result = load_it(kGood, {"os=debian-14", "os=debian-12"});
    ASSERT_TRUE(result.scenario);
    EXPECT_EQ(result.scenario->os, "debian-12");
}

TEST(ScenarioSet, IsBlamedByNameForWhatItBreaks) {
    EXPECT_THAT(complaints(kGood, {"nodes.worker.memory=1MiB"}),
                StartsWith("--set nodes.worker.memory=1MiB: $.nodes[1].memory: 1 MiB is less than a node needs"));
    EXPECT_THAT(complaints(kGood, {"nodes.worker.memry=1GiB"}),
                AllOf(StartsWith("--set nodes.worker.memry=1GiB: "), HasSubstr("did you mean \"memory\"?")));
    EXPECT_THAT(complaints(kGood, {"nodes.worker.count=two"}), StartsWith("--set nodes.worker.count=two: "));
}

TEST(ScenarioSet, IsBlamedForWhatItMakesOnItsWay) {
    EXPECT_THAT(complaints(kGood, {"matrix.limit=5"}),
                StartsWith("--set matrix.limit=5: $.matrix: \"axes\" is missing"));
    EXPECT_THAT(complaints(kGood, {"expect.node=master"}),
                StartsWith("--set expect.node=master: $.expect: \"fails-at\" is missing"));
    EXPECT_THAT(complaints(kGood, {"verions.cri-o=1.36.3"}), StartsWith("--set verions.cri-o=1.36.3: $.verions: "));
}

// There is no list yet, so that it would be an object.
TEST(ScenarioSet, OfAnElementOfAListThatIsNotThereIsTold) {
    EXPECT_EQ(complaints(kGood, {"mutations[0].skip=swap-off"}),
              "--set mutations[0].skip=swap-off: there is no list $.mutations to have an element 0\n"
              "    give the whole list: --set 'mutations=[...]'");
    EXPECT_THAT(complaints(kGood, {"nodes.worker.taints[0]=a:NoSchedule"}),
                StartsWith("--set nodes.worker.taints[0]=a:NoSchedule: there is no list $.nodes[1].taints"));
    EXPECT_THAT(complaints(kGood, {"matrix.axes.os[0]=debian-12"}), HasSubstr("there is no list $.matrix.axes.os"));
    EXPECT_EQ(complaints(kGood, {"nodes.worker.labels.0=x"}), "") << "a label may be called so";
}

TEST(ScenarioSet, ThatIsRefusedLeavesNothingBehind) {
    for (const auto* set : {"a.b[0]=1", "matrix.axes=[1e400]", "expect.x={"}) {
        EXPECT_EQ(load_it(kGood, {set}).diagnostics.size(), 1U) << set;
    }
}

TEST(ScenarioSet, OfANumberThatIsTooLargeIsToldTheLargest) {
    EXPECT_THAT(complaints(kGood, {"nodes.worker.vcpus=99999999999999999999"}),
                HasSubstr("$.nodes[1].vcpus: 99999999999999999999 is out of range: at most 1000000000"));
    EXPECT_THAT(complaints(kGood, {"nodes.worker.count=99999999999"}), HasSubstr("out of range: at most 1000000000"));
    EXPECT_THAT(complaints(kGood, {"nodes.worker.memory=99999999TiB"}),
                HasSubstr("99999999TiB is too large: a node may have 1 TiB"));
}

class SetOfAFile : public ::testing::Test {
protected:
    std::string told(const std::vector<std::string>& sets) {
        write_file(file, kGood);
        return to_string(load(file, sets, known()).diagnostics);
    }
    TempFolder folder{std::filesystem::temp_directory_path(), "crib-test"};
    std::filesystem::path file = folder.path() / "s.json";
};

TEST_F(SetOfAFile, IsBlamedForWhatIsWrongElsewhereSinceThen) {
    EXPECT_THAT(told({"os=debian-12", "nodes.worker.role=control-plane"}),
                StartsWith("--set nodes.worker.role=control-plane: $.nodes: 2 control planes are given"));
    EXPECT_THAT(told({"nodes.worker.name=master", "os=debian-12"}), StartsWith("--set nodes.worker.name=master: "));
}

TEST_F(SetOfAFile, IsBlamedAlsoWhenALaterOneNamesWhatItMade) {
    write_file(folder.path() / "t.json", with(R"("mutations": [{"set": {"RUNTIME": "runc"}, "nodes": ["master"]}])"));
    const auto text =
        to_string(load(folder.path() / "t.json", {"nodes.master.name=x", "nodes.x.memory=4GiB"}, known()).diagnostics);
    EXPECT_THAT(text, AllOf(StartsWith("--set nodes.master.name=x: "), HasSubstr("\"master\"")));
    write_file(folder.path() / "t.json", spoilt("\"1800MiB\"", "\"1MiB\""));
    EXPECT_THAT(
        to_string(load(folder.path() / "t.json", {"nodes.master.name=x", "nodes.x.memory=4GiB"}, known()).diagnostics),
        HasSubstr("t.json:7:52: $.nodes[1].memory"))
        << "the file's own stays its own";
}

TEST_F(SetOfAFile, IsNotBlamedForWhatTheFileHasWrongByItself) {
    write_file(folder.path() / "t.json", spoilt("\"1800MiB\"", "\"1MiB\""));
    const auto text = to_string(load(folder.path() / "t.json", {"os=debian-12"}, known()).diagnostics);
    EXPECT_THAT(text, HasSubstr("t.json:7:52: $.nodes[1].memory"));
}

TEST(ScenarioSet, ThatLeadsNowhereIsTold) {
    EXPECT_THAT(complaints(kGood, {"nodes.wrker.memory=1GiB"}),
                AllOf(HasSubstr("$.nodes has no element \"wrker\""),
                      HasSubstr("did you mean \"worker\"? there are master, worker")));
    EXPECT_THAT(complaints(kGood, {"nodes[7].memory=1GiB"}), HasSubstr("$.nodes has no element \"7\""));
    EXPECT_THAT(complaints(kGood, {"os.name=x"}), HasSubstr("$.os is a single value"));
}

TEST(ScenarioSet, OfAMisspeltParameterIsToldTheDeclaredOnes) {
    const auto text = with(R"("parameters": {"runtime": {"default": "crun"}, "zone": {"default": "a"}})");
    EXPECT_EQ(complaints(text, {"runtim=runc"}),
              "--set runtim=runc: there is no parameter and no key \"runtim\"\n    did you mean \"runtime\"?");
    EXPECT_THAT(complaints(text, {"parameters.runtim=runc"}),
                AllOf(HasSubstr("there is no parameter \"runtim\""), HasSubstr("did you mean \"runtime\"?")));
    EXPECT_THAT(complaints(text, {"something-else=1"}), HasSubstr("parameters are: runtime, zone; keys are: name, "));
    EXPECT_THAT(complaints(text, {"oss=debian-12"}), HasSubstr("did you mean \"os\"?"));
    EXPECT_EQ(complaints(text, {R"(parameters.more={"default": "x"})"}), "") << "declares one";
    EXPECT_THAT(complaints(kGood, {"parameters.a=1"}), HasSubstr("this scenario has none"));
}

TEST(ScenarioSet, ThatIsNoneIsTold) {
    EXPECT_THAT(complaints(kGood, {"versions"}), HasSubstr("--set versions: is not PATH=VALUE"));
    EXPECT_THAT(complaints(kGood, {"=x"}), HasSubstr("is not PATH=VALUE"));
    EXPECT_THAT(complaints(kGood, {"a..b=x"}), HasSubstr("a name in the path is empty"));
    EXPECT_THAT(complaints(kGood, {"checks=[{"}), HasSubstr("looks like JSON but is not valid"));
    EXPECT_THAT(complaints(kGood, {"checks=[1e400]"}), HasSubstr("looks like JSON but is not valid"));
    EXPECT_THAT(complaints(kGood, {"name=\xff"}), HasSubstr("not UTF-8"));
}

TEST(ScenarioSet, TakesNullForNullWhereNoTextStands) {
    EXPECT_THAT(complaints(kGood, {"checks[0]=null"}), HasSubstr("but is null"));
    EXPECT_THAT(complaints(kGood, {"nodes[0].vcpus=null"}), HasSubstr("must be a whole number, but is null"));
    EXPECT_EQ(complaints(kGood, {"name=null"}), "") << "a text stands there";
}

TEST(ScenarioSet, OfANumberIsCalledOneAsInAFile) {
    EXPECT_EQ(complaints(kGood, {"nodes.worker.vcpus=2.0"}),
              "--set nodes.worker.vcpus=2.0: $.nodes[1].vcpus: must be a whole number, but is 2.0");
    EXPECT_THAT(complaints(kGood, {"nodes.worker.count=-1"}), HasSubstr("-1 is not between 1 and"));
    EXPECT_THAT(complaints(kGood, {"nodes=1.5"}), HasSubstr("must be a list, but is a number"));
    EXPECT_THAT(complaints(kGood, {R"(nodes.worker.vcpus="2.0")"}), HasSubstr("but is a text")) << "typed as one";
    EXPECT_THAT(complaints(kGood, {"nodes.worker.vcpus=two"}), HasSubstr("but is a text"));
}

TEST(ScenarioSet, OfANumberMayTakeThePlaceOfAReference) {
    auto text = kGood;
    text.insert(1, R"("parameters": {"out": {"default": true}}, "internet": "${parameters.out}", )");
    EXPECT_EQ(complaints(text, {"internet=false"}), "");
}

TEST(ScenarioSet, OfAScriptIsATextOrItsLinesWhicheverStandsThere) {
    for (const auto* written : {R"("x")", R"(["x", "y"])"}) {
        const auto text = with(R"("mutations": [{"replace": "swap-off", "run": )" + std::string(written) + "}]");
        for (const auto* set : {"true", R"(["true"])"}) {
            const auto scenario = read_it(text, {std::string("mutations[0].run=") + set});
            EXPECT_EQ(scenario.mutations.at(0).script, "true\n") << written << " " << set;
        }
        EXPECT_EQ(read_it(text, {"mutations[0].run=[ -f a ]"}).mutations.at(0).script, "[ -f a ]\n");
    }
}

TEST(ScenarioSet, HasNoBracketThatStandsAlone) {
    for (const auto* path : {"nodes[0.memory", "nodes0].memory", "nodes[0]x.memory", "nodes[[0]].memory", "]"}) {
        EXPECT_THAT(complaints(kGood, {std::string(path) + "=4GiB"}), HasSubstr("stands alone")) << path;
    }
    EXPECT_EQ(complaints(kGood, {"nodes[0].memory=4GiB"}), "");
}

TEST(ScenarioSet, NamesAKeyWithDotsInBrackets) {
    const auto scenario = read_it(kGood, {"nodes[0].labels[example.com/gpu]=none", "nodes[0].labels.disk=ssd"});
    EXPECT_EQ(scenario.nodes.at(0).labels,
              (std::map<std::string, std::string>{{"disk", "ssd"}, {"example.com/gpu", "none"}}));
}

TEST(ScenarioSet, KeepsTheZerosThatANewTextBeginsWith) {
    EXPECT_EQ(read_it(kGood, {"nodes[0].labels.id=007"}).nodes.at(0).labels.at("id"), "007");
}

TEST(ScenarioSet, HoldsNothingThatAFileCannotHold) {
    EXPECT_THAT(complaints(kGood, {R"(about="a\u0000b")"}), HasSubstr("no text and no key can hold a zero byte"));
    EXPECT_THAT(complaints(kGood, {R"(checks=[{"dns": {"na\u0000me": "x"}}])"}), HasSubstr("hold a zero byte"));
    EXPECT_THAT(complaints(kGood, {"checks=[1e400]"}), HasSubstr("looks like JSON but is not valid"));
    EXPECT_THAT(complaints(kGood, {"checks=" + std::string(50'000, '[') + std::string(50'000, ']')}),
                HasSubstr("nested more than 64 levels deep"));
}

TEST(ScenarioSet, IsNotLookedAtWhileTheFileIsBroken) {
    EXPECT_THAT(complaints("{", {"nonsense"}), testing::Not(HasSubstr("nonsense")));
}

}  // namespace
}  // namespace crib::scenario
